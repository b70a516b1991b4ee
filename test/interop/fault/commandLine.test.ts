import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../support/canon.ts';
import { atEachPoint, everyFault } from '../../support/faults.ts';
import { leftIn } from '../../support/leftovers.ts';
import { bodiesIn, change, notes, recipient, testProject } from '../../support/project.ts';

const soundness = (path: string) => {
  const { integrity_check, foreign_key_check } = digestOf(path);
  expect([integrity_check, foreign_key_check]).toEqual(['ok', 0]);
};

describe.each(everyFault)('$calls calls, $how', (fault) => {
  it('a backup leaves nothing unfinished under a final name', { timeout: 300_000 }, async () => {
    const project = await testProject();
    const bytes = readFileSync(project.database);
    const args = ['backup', '-r', recipient];
    await atEachPoint(
      project,
      args,
      fault,
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
    expect([...left, ...leftIn(project.home)]).toEqual([]);
  });

  it('a restore leaves the database old or new, and undo works', { timeout: 300_000 }, async () => {
    const project = await testProject();
    await project.cli('backup', '-r', recipient);
    const live = notes.map(() => 'live');
    await atEachPoint(
      project,
      ['restore', '--yes'],
      fault,
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
    expect(leftIn(project.home)).toEqual([]);
  });
});
