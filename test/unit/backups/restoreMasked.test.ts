import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RestoreAsk } from '../../../src/core/service.ts';
import { bodiesIn, change } from '../../support/project.ts';
import { type ServiceProject, serviceProject } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const yes = testTask({ confirm: async () => true });
const mask = { 'note.body': { value: 'masked' } };
const masked = [{ table: 'note', column: 'body', kind: 'fixed', rows: 3 }];

async function backedUp(): Promise<ServiceProject> {
  const project = await serviceProject({ settings: { mask } });
  await project.service.backup({ project: project.project(), what: 'database' }, yes);
  return project;
}

const restored = (project: ServiceProject, more: Partial<RestoreAsk> = {}) =>
  project.service.restore({ project: project.project(), what: 'database', mask: true, ...more }, yes);

const codes = ({ warnings }: { warnings: readonly { code: string }[] }) => warnings.map(({ code }) => code);

describe('a masked restore', () => {
  it('says what it masked, and that its undo copy is not', async () => {
    const project = await backedUp();
    const answer = await restored(project);
    expect(answer).toMatchObject({ masked, restored: { tables: 2, rows: 5 } });
    expect(codes(answer)).toEqual(['undo-not-masked']);
    expect(answer.warnings[0]?.message).toContain('db.sqlite3');
    expect(bodiesIn(project.database)).toEqual(['masked', 'masked', 'masked']);
    const undone = await project.service.undo({ project: project.project() }, yes);
    expect(codes(undone)).not.toContain('undo-not-masked');
    expect(bodiesIn(project.database)).toContain('one line');
  });

  it.each([
    ['there were no rows in what it masks', "DELETE FROM note; UPDATE author SET name = 'live'", {}],
    ['no undo copy is kept', 'DELETE FROM note WHERE id = 5', { undo: false }],
  ])('says nothing of an undo copy where %s', async (_, sql, more) => {
    const project = await backedUp();
    change(project.database, sql);
    const answer = await restored(project, more);
    expect(answer.masked).toEqual(masked);
    expect(codes(answer)).not.toContain('undo-not-masked');
  });

  it('shows what it would mask, and changes nothing', async () => {
    const project = await backedUp();
    const answer = await restored(project, { dryRun: true });
    expect(answer).toMatchObject({ masked, undo: null });
    expect(answer.warnings).toEqual([]);
    expect(bodiesIn(project.database)).toContain('one line');
  });

  it('into a new file is masked there, and the database is as it was', async () => {
    const project = await backedUp();
    const into = join(project.root, 'copy.sqlite3');
    const answer = await restored(project, { into });
    expect(answer).toMatchObject({ masked, undo: null, warnings: [], restored: { target: into, rows: 5 } });
    expect(bodiesIn(into)).toEqual(['masked', 'masked', 'masked']);
    expect(readFileSync(into).includes('one line')).toBe(false);
    expect(bodiesIn(project.database)).toContain('one line');
  });
});

describe('a restore', () => {
  it('says that there are rules which it did not use, and masks nothing', async () => {
    const project = await backedUp();
    const answer = await restored(project, { mask: undefined });
    expect(answer).not.toHaveProperty('masked');
    expect(codes(answer)).toEqual(['not-masked']);
    // Who says outright that it is not to be masked need not be told.
    expect(codes(await restored(project, { mask: false }))).toEqual([]);
    expect(bodiesIn(project.database)).toContain('one line');
  });

  it('into a file that is there is refused, and into another it says what is new', async () => {
    const project = await backedUp();
    const into = join(project.root, 'copy.sqlite3');
    writeFileSync(into, 'mine');
    await expect(restored(project, { into })).rejects.toMatchObject({ code: 'target-exists' });
    expect(readFileSync(into, 'utf8')).toBe('mine');
    const other = join(project.root, 'other.sqlite3');
    const answer = await restored(project, { into: other, mask: undefined });
    expect(existsSync(other)).toBe(true);
    expect(codes(answer)).toEqual(['not-masked']);
    expect(answer.changes).toEqual([
      { name: 'author', rowsNow: null, rowsAfter: 2 },
      { name: 'note', rowsNow: null, rowsAfter: 3 },
    ]);
  });

  it('of media files takes no rules', async () => {
    const project = await backedUp();
    await expect(restored(project, { what: 'media' })).rejects.toMatchObject({ code: 'usage' });
  });
});
