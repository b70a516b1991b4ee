import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import type { TestProject } from './project.ts';

const hook = resolve(import.meta.dirname, 'fault.cjs');

/** Runs a command with the Nth file call killed or failing, at points spread evenly over all of its calls. */
export async function atEachPoint(
  project: TestProject,
  args: string[],
  kind: string,
  before: () => void | Promise<void>,
  after: (exit: number) => Promise<void>,
  mostPoints = 12,
): Promise<void> {
  const countFile = join(project.folder, '..', 'count');
  rmSync(countFile, { force: true });
  const options = `--require ${hook}`;
  await before();
  const whole = await project.cliWith({ NODE_OPTIONS: options, DBBACKUP_FAULT_COUNT: countFile })(...args);
  expect(whole.exit, whole.stderr).toBe(0);
  const calls = Number(readFileSync(countFile, 'utf8'));
  expect(calls).toBeGreaterThan(5);
  // DBBACKUP_TEST_POINTS=1000 is every call.
  const most = Number(process.env.DBBACKUP_TEST_POINTS) || mostPoints;
  const step = Math.max(1, Math.ceil(calls / most));
  let points = 0;
  for (let call = 1; call <= calls; call += step) {
    await before();
    const faulty = { NODE_OPTIONS: options, DBBACKUP_FAULT: `${call}:${kind}` };
    const run = await project.cliWith(faulty)(...args);
    try {
      await after(run.exit);
    } catch (error) {
      throw new Error(`${kind} at call ${call} of ${args[0]}: ${run.stderr}`, { cause: error });
    }
    points++;
  }
  console.info(`${args[0]}, ${kind}: ${points} of ${calls} file calls`);
}
