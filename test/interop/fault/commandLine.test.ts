import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../support/canon.ts';
import { bodiesIn, change, notes, recipient, type TestProject, testProject } from '../../support/project.ts';

const hook = resolve(import.meta.dirname, '../../support/fault.cjs');
const mostPoints = 12;

/** Runs a command with the Nth file call killed or failing, at points spread evenly over all of its calls. */
async function atEachPoint(
  project: TestProject,
  args: string[],
  kind: string,
  before: () => void,
  after: (exit: number) => Promise<void>,
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

const soundness = (path: string) => {
  const { integrity_check, foreign_key_check } = digestOf(path);
  expect([integrity_check, foreign_key_check]).toEqual(['ok', 0]);
};

describe.each(['KILL', 'ENOSPC', 'EIO'])('%s at file calls', (kind) => {
  it('a backup leaves nothing unfinished under a final name', { timeout: 120_000 }, async () => {
    const project = await testProject();
    const bytes = readFileSync(project.database);
    const args = ['backup', '-r', recipient];
    await atEachPoint(
      project,
      args,
      kind,
      () => undefined,
      async () => {
        expect(readFileSync(project.database).equals(bytes)).toBe(true);
      },
    );
    expect((await project.cli(...args)).exit).toBe(0);
    expect((await project.cli('verify', '--all')).exit).toBe(0);
    const left = (readdirSync(project.folder, { recursive: true }) as string[]).filter((name) =>
      name.endsWith('.part'),
    );
    expect(left).toEqual([]);
  });

  it('a restore leaves the database old or new, and undo works', { timeout: 120_000 }, async () => {
    const project = await testProject();
    await project.cli('backup', '-r', recipient);
    const live = notes.map(() => 'live');
    await atEachPoint(
      project,
      ['restore', '--yes'],
      kind,
      () => change(project.database, "UPDATE note SET body = 'live'"),
      async (exit) => {
        soundness(project.database);
        const bodies = bodiesIn(project.database);
        expect(exit === 0 ? [notes] : [notes, live]).toContainEqual(bodies.map((body) => body));
      },
    );
    change(project.database, "UPDATE note SET body = 'live'");
    expect((await project.cli('restore', '--yes')).exit).toBe(0);
    expect((await project.cli('undo', '--yes')).exit).toBe(0);
    expect(bodiesIn(project.database)).toEqual(live);
    const work = join(project.home, 'work');
    expect(existsSync(work) ? readdirSync(work) : []).toEqual([]);
  });
});
