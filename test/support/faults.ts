import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import type { TestProject } from './project.ts';

const hook = resolve(import.meta.dirname, 'fault.cjs');

/** At every call of a kind a command is killed, or the call fails; the errors take turns. */
export interface Fault {
  calls: 'files' | 'sqlite' | 'crypto';
  how: 'killed' | 'failing';
}

const kinds = ['files', 'sqlite', 'crypto'] as const;
export const everyFault: Fault[] = kinds.flatMap((calls) => [
  { calls, how: 'killed' },
  { calls, how: 'failing' },
]);
export const fileFaults = everyFault.filter(({ calls }) => calls === 'files');

const errors = ['ENOSPC', 'EIO', 'EACCES', 'EMFILE'];

/** Encryption calls for every chunk and key: beyond so many points they are spread evenly. */
const mostPoints = { files: 200, sqlite: 200, crypto: 45 };

/**
 * Runs a command with its Nth call killed or failing, N from 1 until it has no more calls.
 * @param after what has to hold, whatever happened
 * @param most points; beyond so many they are spread evenly over all calls
 */
export async function atEachPoint(
  project: TestProject,
  args: string[],
  { calls: kind, how }: Fault,
  before: () => void | Promise<void>,
  after: (exit: number) => Promise<void>,
  most = mostPoints[kind],
): Promise<void> {
  const countFile = join(project.folder, '..', 'count');
  rmSync(countFile, { force: true });
  const hooked = { NODE_OPTIONS: `--require ${hook}`, DBBACKUP_FAULT_CALLS: kind };
  await before();
  const whole = await project.cliWith({ ...hooked, DBBACKUP_FAULT_COUNT: countFile })(...args);
  expect(whole.exit, whole.stderr).toBe(0);
  const calls = Number(readFileSync(countFile, 'utf8'));
  expect(calls).toBeGreaterThan(5);
  // DBBACKUP_TEST_POINTS=1000 is every call, of any kind.
  const step = Math.max(1, Math.ceil(calls / (Number(process.env.DBBACKUP_TEST_POINTS) || most)));
  let points = 0;
  for (let call = 1; call <= calls; call += step) {
    const error = how === 'killed' ? 'KILL' : (errors[points % errors.length] ?? '');
    await before();
    const run = await project.cliWith({ ...hooked, DBBACKUP_FAULT: `${call}:${error}` })(...args);
    try {
      await after(run.exit);
    } catch (cause) {
      throw new Error(`${error} at ${kind} call ${call} of ${args[0]}: ${run.stderr}`, { cause });
    }
    points++;
  }
  const words = args.filter((word) => !word.includes('/')).join(' ');
  console.info(`${words}, ${how}: ${points} of ${calls} calls (${kind})`);
}
