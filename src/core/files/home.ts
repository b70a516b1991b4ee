import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder that holds keyring, catalogue, undo copies and logs: `DBBACKUP_HOME`, or the system's place for an
 * application's data. Editor, terminal and cron all come to the same one.
 */
export function dbbackupHome(
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): string {
  if (environment.DBBACKUP_HOME) return environment.DBBACKUP_HOME;
  const home = environment.HOME || environment.USERPROFILE || homedir();
  if (platform === 'win32')
    return join(environment.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'dbbackup');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'dbbackup');
  return join(environment.XDG_DATA_HOME || join(home, '.local', 'share'), 'dbbackup');
}
