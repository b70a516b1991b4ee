import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { findProgram } from '../files/findProgram.ts';
import { findWorkTree } from './gitState.ts';
import { realPathOf } from './realPath.ts';

export interface GitAnswer {
  /** The top folder of the working tree. */
  top: string;
  /** Files in the folder are under version control. */
  tracked: boolean;
  /** A new backup there would be ignored. */
  ignored: boolean;
}

const waitMs = 3000;

/** What git thinks of a folder; undefined where it lies in no working tree, or git is not installed or does not answer. */
export async function askGit(
  folder: string,
  workspace: string,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<GitAnswer | undefined> {
  const top = (await findWorkTree(realPathOf(folder)))?.top;
  if (top === undefined) return undefined;
  const program = await findProgram('git', environment, [workspace, top]);
  if (program === undefined) return undefined;
  const run = (...args: string[]) => runGit(program, top, args, environment, signal);
  const [tracked, ignored] = await Promise.all([
    run('ls-files', '--', `:(literal)${realPathOf(folder)}`),
    run('check-ignore', '-q', '--', join(realPathOf(folder), 'default-host-2026-01-01-000000.dump.gpg')),
  ]);
  // check-ignore answers 0 or 1; anything else is git's own trouble (a foreign owner, a broken index).
  if ((tracked.code !== 0 && tracked.stdout === '') || ![0, 1].includes(ignored.code)) return undefined;
  return { top, tracked: tracked.stdout !== '', ignored: ignored.code === 0 };
}

/** A repository's own configuration can name programs to run: none of what is asked here may start one. */
function runGit(
  program: string,
  top: string,
  args: string[],
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<{ code: number; stdout: string }> {
  const options = ['--no-pager', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-C', top];
  const quiet = { GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' };
  const env = Object.fromEntries(
    Object.entries({ ...environment, ...quiet }).filter(
      ([name]) => !/^GIT_(?:DIR|WORK_TREE|INDEX_FILE)$/.test(name),
    ),
  );
  return new Promise((resolve) => {
    execFile(
      program,
      [...options, ...args],
      { env, signal, timeout: waitMs, windowsHide: true },
      (error, stdout) =>
        resolve({ code: error ? (typeof error.code === 'number' ? error.code : -1) : 0, stdout }),
    );
  });
}
