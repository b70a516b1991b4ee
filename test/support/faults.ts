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
  before: () => void,
  after: (exit: number) => Promise<void>,
  mostPoints = 12,
): Promise<void> {
  const countFile = join(project.folder, '..', 'count');
  rmSync(countFile, { force: true });
  const options = `--require ${hook}`;
  before();
  await project.cliWith({ NODE_OPTIONS: options, DBBACKUP_FAULT_COUNT: countFile })(...args);
  const calls = Number(readFileSync(countFile, 'utf8'));
  expect(calls).toBeGreaterThan(5);
  const step = Math.max(1, Math.ceil(calls / mostPoints));
  let points = 0;
  for (let call = 1; call <= calls; call += step) {
    before();
    const run = await project.cliWith({ NODE_OPTIONS: options, DBBACKUP_FAULT: `${call}:${kind}` })(...args);
    await after(run.exit);
    points++;
  }
  console.info(`${args[0]}, ${kind}: ${points} of ${calls} file calls`);
}
