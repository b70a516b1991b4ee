import { execFile } from 'node:child_process';
import { BackupError } from '../errors.ts';
import { dbbackupHome } from '../files/home.ts';
import { privateFolder } from '../files/privateFolder.ts';

export interface ToolRun {
  /** 0 for success; -1 where it did not start. */
  exit: number;
  stdout: string;
  stderr: string;
}

/** Runs one of the system's own tools, by its absolute path, without a shell, and in a folder of the user's own. */
export async function runTool(
  program: string,
  args: readonly string[],
  options: { environment: NodeJS.ProcessEnv; input?: string },
): Promise<ToolRun> {
  const { DBBACKUP_PASSPHRASE: _, ...env } = options.environment;
  const cwd = await privateFolder(dbbackupHome(env));
  return new Promise((done) => {
    const child = execFile(program, args, { cwd, env, windowsHide: true }, (error, stdout, stderr) => {
      const exit = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      done({ exit, stdout, stderr: stderr || (error?.message ?? '') });
    });
    // A tool that ends without reading leaves a broken pipe; its exit code says what was wrong.
    child.stdin?.on('error', () => undefined).end(options.input ?? '');
  });
}

/** @throws BackupError failed, with the tool's own last words */
export function requireSuccess(run: ToolRun, what: string): ToolRun {
  if (run.exit === 0) return run;
  const words = run.stderr.trim().split('\n').at(-1);
  throw new BackupError('failed', `${what} failed: ${words}.`);
}
