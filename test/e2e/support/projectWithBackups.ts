import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { cliIn } from '../../support/cli.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { copySample } from '../../tools/sample.ts';

/** The sample with a key without a passphrase, a restore point, a backup, a remote and a schedule; rows are gone since. */
export async function projectWithBackups() {
  const scratch = await scratchFolder();
  const folder = join(scratch, 'sample');
  await copySample(folder);
  const cli = cliIn(scratch);
  const key = [
    '--name',
    'Ada Lovelace',
    '--email',
    'ada@example.org',
    '--algorithm',
    'ecc',
    '--no-passphrase',
  ];
  await cli('keys', 'generate', ...key);
  await mkdir(join(folder, '.vscode'), { recursive: true });
  // What the core says of a folder that is not there is English.
  await mkdir(join(scratch, 'nas'));
  const settings = {
    'dbbackup.recipients': ['ada@example.org'],
    'dbbackup.schedule': [{ cron: '0 0 * * *', what: 'database' }],
    'dbbackup.remotes': [{ name: 'nas', type: 'folder', path: join(scratch, 'nas') }],
    'dbbackup.runSchedule': false,
  };
  await writeFile(join(folder, '.vscode/settings.json'), JSON.stringify(settings));
  await cli('--project', folder, 'backup', '--all', '--trust');
  await cli('--project', folder, 'backup', '--trust');
  const live = new DatabaseSync(join(folder, 'db.sqlite3'), { enableForeignKeyConstraints: false });
  live.exec('DELETE FROM claims_claim');
  live.close();
  return { folder, home: join(scratch, 'home') };
}
