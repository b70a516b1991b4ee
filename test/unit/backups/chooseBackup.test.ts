import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseTarget } from '../../../src/core/backups/restore.ts';
import { bodiesIn, change } from '../../support/project.ts';
import { serviceProject } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const yes = testTask({ confirm: async () => true });
const two = {
  databases: [
    { alias: 'default', path: 'db.sqlite3' },
    { alias: 'other', path: 'other.sqlite3' },
  ],
};

describe('where no file is named', () => {
  it('the newest backup of that very database is restored, not of another, and not of media files', async () => {
    const project = await serviceProject();
    const ask = { project: project.project(two), encrypt: false } as const;
    change(
      join(project.folder, 'other.sqlite3'),
      "CREATE TABLE note(body); INSERT INTO note VALUES ('other')",
    );
    writeFileSync(join(project.media, 'a.txt'), 'a');
    await project.service.backup({ ...ask, what: 'database' }, yes);
    change(project.database, "UPDATE note SET body = 'newest'");
    await project.service.backup({ ...ask, what: 'database', databases: ['default'] }, yes);
    await project.service.backup({ ...ask, what: 'database', databases: ['other'] }, yes);
    await project.service.backup({ ...ask, what: 'media' }, yes);
    change(project.database, "UPDATE note SET body = 'live'");
    const restore = { project: project.project(two), what: 'database' } as const;
    await project.service.restore({ ...restore, database: 'default' }, yes);
    expect(bodiesIn(project.database)).toEqual(['newest', 'newest', 'newest']);
  });

  it('one whose name tells no database is taken where there is but one', async () => {
    const project = await serviceProject();
    const ask = { project: project.project(), encrypt: false } as const;
    const { backups } = await project.service.backup({ ...ask, what: 'database' }, yes);
    const path = backups[0]?.path ?? '';
    renameSync(path, path.replace(/db-|default-/, ''));
    change(project.database, "UPDATE note SET body = 'live'");
    await expect(
      project.service.restore({ project: project.project(two), what: 'database', database: 'default' }, yes),
    ).rejects.toMatchObject({ code: 'no-backups' });
    await project.service.restore({ project: project.project(), what: 'database' }, yes);
    expect(bodiesIn(project.database)).not.toContain('live');
  });

  it('media files come from the newest backup of media files, and without one that is said', async () => {
    const project = await serviceProject();
    const ask = { project: project.project(), encrypt: false } as const;
    const restore = { project: project.project(), what: 'media', mode: 'mirror' } as const;
    writeFileSync(join(project.media, 'a.txt'), 'a');
    await project.service.backup({ ...ask, what: 'database' }, yes);
    await expect(project.service.restore(restore, yes)).rejects.toMatchObject({ code: 'no-backups' });
    await project.service.backup({ ...ask, what: 'media' }, yes);
    await project.service.backup({ ...ask, what: 'database' }, yes);
    writeFileSync(join(project.media, 'b.txt'), 'b');
    await project.service.restore(restore, yes);
    expect([existsSync(join(project.media, 'a.txt')), existsSync(join(project.media, 'b.txt'))]).toEqual([
      true,
      false,
    ]);
  });
});

describe('the database that is restored into', () => {
  it('is the one that was asked for, the only one, or the one the name tells', async () => {
    const project = await serviceProject();
    const [one, several] = [await project.detected(), await project.detected(two)];
    const named = join(project.root, 'other-host-2026-01-02-030405.dump');
    const unnamed = join(project.root, 'found.dump');
    for (const file of [named, unnamed]) writeFileSync(file, '');
    expect((await chooseTarget(undefined, undefined, one)).path).toBe(project.database);
    expect((await chooseTarget(named, undefined, one)).path).toBe(project.database);
    expect((await chooseTarget(unnamed, undefined, one)).path).toBe(project.database);
    expect((await chooseTarget(named, undefined, several)).alias).toBe('other');
    expect((await chooseTarget(named, 'default', several)).alias).toBe('default');
    await expect(chooseTarget(unnamed, undefined, several)).rejects.toMatchObject({
      code: 'no-such-database',
      message: expect.stringContaining('default, other'),
    });
    await expect(chooseTarget(undefined, undefined, several)).rejects.toMatchObject({
      code: 'no-such-database',
    });
    await expect(chooseTarget(`${named}.gone`, undefined, one)).rejects.toMatchObject({
      code: 'no-such-file',
    });
  });
});
