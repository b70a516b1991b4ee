import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Cell } from '../../../src/core/look.ts';
import { bodiesIn, change } from '../../support/project.ts';
import { type ServiceProject, serviceProject } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const yes = testTask({ confirm: async () => true });
const textOf = (cell: Cell | undefined) => (cell && 'text' in cell ? cell.text : cell);

async function backedUp(project: ServiceProject, more: object = {}): Promise<string> {
  const { backups } = await project.service.backup(
    { project: project.project(), what: 'database', ...more },
    yes,
  );
  return backups[0]?.path ?? 'none';
}

describe('one value that differs', () => {
  it('is read whole, on the side or sides that have its row', async () => {
    const project = await serviceProject({ key: false });
    const long = 'x'.repeat(5000);
    change(project.database, `INSERT INTO note VALUES (7, 1, '${long}')`);
    const file = await backedUp(project, { encrypt: false });
    change(project.database, "DELETE FROM note WHERE id = 7; INSERT INTO note VALUES (9, NULL, 'new')");
    change(project.database, "UPDATE note SET body = 'changed' WHERE id = 1");
    const ask = { project: project.project(), after: file };
    const { id, tables } = await project.service.openComparison(ask, yes);
    expect(tables.find(({ name }) => name === 'note')).toMatchObject({ added: 1, removed: 1, changed: 1 });
    const read = (row: number, column = 'body') =>
      project.service.readDifference({ id, table: 'note', row, column }, yes);
    const [changed, added, removed] = [await read(0), await read(1), await read(2)];
    expect([textOf(changed.before), textOf(changed.after)]).toEqual(['changed', 'one line']);
    expect(textOf(added.after)).toBe(long);
    expect(added).not.toHaveProperty('before');
    expect(textOf(removed.before)).toBe('new');
    expect(removed).not.toHaveProperty('after');
    expect((await read(2, 'author_id')).before).toBeNull();
    for (const nothing of [await read(3), await read(0, 'nope')]) expect(nothing).toEqual({});
    expect(await project.service.closeComparison({ id }, yes)).toEqual({ closed: true });
    expect(await project.service.closeComparison({ id }, yes)).toEqual({ closed: false });
    await expect(read(0)).rejects.toMatchObject({ code: 'not-open' });
  });
});

describe('rows', () => {
  it('go back into a database of the project, and into no other file', async () => {
    const project = await serviceProject({ key: false });
    const before = await backedUp(project, { encrypt: false });
    change(project.database, "UPDATE note SET body = 'live'");
    const after = await backedUp(project, { encrypt: false });
    const between = await project.service.openComparison({ project: project.project(), before, after }, yes);
    const chosen = [{ table: 'note', rows: 'all' as const }];
    await expect(
      project.service.takeBack({ project: project.project(), id: between.id, chosen }, yes),
    ).rejects.toMatchObject({
      code: 'no-such-database',
      message: expect.stringContaining('this project only'),
    });
    const live = await project.service.openComparison({ project: project.project(), after: before }, yes);
    await project.service.takeBack({ project: project.project(), id: live.id, chosen }, yes);
    expect(bodiesIn(project.database)).toEqual(['one line', 'two\nlines', 'żółć']);
    for (const { id } of [between, live]) await project.service.closeComparison({ id }, yes);
  });

  it('of a table that a backup does not have are not read', async () => {
    const project = await serviceProject({ key: false });
    const file = await backedUp(project, { encrypt: false });
    const { id } = await project.service.openBackup({ file }, yes);
    const query = { id, table: 'nope', offset: 0, limit: 1 };
    await expect(project.service.readRows(query, yes)).rejects.toMatchObject({ code: 'no-such-table' });
    const opened = await project.service.openComparison({ project: project.project(), after: file }, yes);
    await expect(project.service.readDifferences({ ...query, id: opened.id }, yes)).rejects.toMatchObject({
      code: 'no-such-table',
    });
  });
});

describe('a backup that is looked into', () => {
  it('obeys the project’s wish for signatures, where the file is in one', async () => {
    const project = await serviceProject();
    const file = await backedUp(project);
    const { id } = await project.service.openBackup({ file, project: project.project() }, yes);
    expect(await project.service.closeBackup({ id }, yes)).toEqual({ closed: true });
    const strict = project.project({ requireSignature: true });
    await expect(project.service.openBackup({ file, project: strict }, yes)).rejects.toMatchObject({
      code: 'missing-signature',
    });
    // Where no project can be read, a file is looked into as any file.
    const nowhere = { folder: join(project.root, 'nowhere') };
    const opened = await project.service.openBackup({ file, project: nowhere }, yes);
    expect(opened).toMatchObject({ encrypted: true, file });
  });

  it('is closed again where what it is compared with cannot be opened', async () => {
    const project = await serviceProject({ key: false });
    const after = await backedUp(project, { encrypt: false });
    const before = join(project.root, 'letter.dump');
    writeFileSync(before, 'Dear all');
    const ask = { project: project.project(), before, after };
    await expect(project.service.openComparison(ask, yes)).rejects.toMatchObject({ code: 'not-a-dump' });
    const { id } = await project.service.openBackup({ file: after }, yes);
    // Nobody else holds it: closed once, it is gone.
    await project.service.closeBackup({ id }, yes);
    await expect(project.service.readSql({ id, most: 10 }, yes)).rejects.toMatchObject({ code: 'not-open' });
  });
});
