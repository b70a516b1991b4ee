import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ProjectSettings } from '../../../src/core/project/project.ts';
import type { RestoreAsk } from '../../../src/core/service.ts';
import type { ConfirmQuestion } from '../../../src/core/task.ts';
import { bodiesIn, change } from '../../support/project.ts';
import { type ServiceProject, serviceProject } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';
import { hashFolder } from '../../tools/content.ts';

const yes = testTask({ confirm: async () => true });

/** A restore point, and a project that has moved on since. */
async function movedOn(settings: ProjectSettings = {}) {
  const project = await serviceProject({ settings: { encrypt: false, ...settings } });
  writeFileSync(join(project.media, 'kept.txt'), 'kept');
  writeFileSync(join(project.media, 'lost.txt'), 'lost');
  const state = async () => [bodiesIn(project.database), await hashFolder(project.media)];
  const backedUp = await state();
  const { backups } = await project.service.backup({ project: project.project(), what: 'all' }, yes);
  change(project.database, "UPDATE note SET body = 'live'");
  rmSync(join(project.media, 'lost.txt'));
  writeFileSync(join(project.media, 'new.txt'), 'new');
  const restore = (more: Partial<RestoreAsk> = {}, task = yes) =>
    project.service.restore(
      { project: project.project(), what: 'all', mode: 'mirror', ...more } as RestoreAsk,
      task,
    );
  return { ...project, backups, state, backedUp, lively: await state(), restore };
}

const undosOf = ({ service, project }: Pick<ServiceProject, 'service' | 'project'>) =>
  service.undoCopies({ project: project() }, testTask());

describe('a restore point', () => {
  it('comes back as one, is undone as one, and again', async () => {
    const point = await movedOn();
    const asked: ConfirmQuestion[] = [];
    const task = testTask({
      confirm: async (question) => {
        asked.push(question);
        return true;
      },
    });
    const answer = await point.restore({}, task);
    expect(await point.state()).toEqual(point.backedUp);
    expect(answer).toMatchObject({
      also: [point.media],
      files: { added: 1, replaced: 0, removed: 1 },
      restored: { target: point.database },
    });
    // One question for both.
    expect(asked).toMatchObject([{ action: 'restore', also: point.media, files: { added: 1, removed: 1 } }]);
    for (const expected of [point.lively, point.backedUp, point.lively]) {
      const undone = await point.service.undo({ project: point.project() }, task);
      expect(undone.also).toEqual([point.media]);
      expect(await point.state()).toEqual(expected);
    }
    expect(asked).toHaveLength(4);
    expect((await undosOf(point)).map(({ kind }) => kind).sort()).toEqual(['database', 'media']);
  });

  it('changes neither half where it is not confirmed, or only looked at', async () => {
    const point = await movedOn();
    await expect(point.restore({}, testTask())).rejects.toMatchObject({ code: 'not-confirmed' });
    const dry = await point.restore({ dryRun: true }, testTask());
    expect(dry).toMatchObject({ undo: null, files: { added: 1, removed: 1 } });
    expect(dry.changes).toContainEqual(expect.objectContaining({ name: 'note', changed: 3 }));
    expect(await point.state()).toEqual(point.lively);
    expect(await undosOf(point)).toEqual([]);
    expect(existsSync(join(point.home, 'undo'))).toBe(false);
  });

  it('keeps no copy of the database where none is wanted, and the files can still be had back', async () => {
    const point = await movedOn();
    expect((await point.restore({ undo: false })).undo).toBeNull();
    expect(await point.state()).toEqual(point.backedUp);
    expect((await undosOf(point)).filter(({ kind }) => kind === 'database')).toEqual([]);
  });

  it('is the one that a file belongs to', async () => {
    const point = await movedOn();
    for (const { path } of point.backups) {
      await point.restore({ file: path });
      expect(await point.state()).toEqual(point.backedUp);
    }
    const alone = join(point.folder, 'backups', 'default-elsewhere-2020-01-01-000000.dump');
    writeFileSync(alone, readFileSync(point.backups[0]?.path ?? ''));
    await expect(point.restore({ file: alone })).rejects.toMatchObject({
      code: 'no-backups',
      message: expect.stringContaining('belongs to no restore point'),
    });
  });

  it('is none without its other half', async () => {
    const point = await movedOn();
    rmSync(point.backups.find(({ tables }) => tables === 0)?.path ?? '');
    await expect(point.restore()).rejects.toMatchObject({
      code: 'no-backups',
      message: expect.stringContaining('There is no restore point in'),
    });
  });

  it('is not restored where a half has no place to go', async () => {
    const point = await movedOn({ databases: [{ alias: 'shop', path: 'db.sqlite3' }] });
    const renamed = (alias: string) =>
      point.service.restore(
        {
          project: point.project({ databases: [{ alias, path: 'db.sqlite3' }] }),
          what: 'all',
          file: point.backups[0]?.path ?? '',
        },
        yes,
      );
    await expect(renamed('blog')).rejects.toMatchObject({ code: 'no-such-database' });
    expect(await point.state()).toEqual(point.lively);
    await expect(renamed('shop')).resolves.toMatchObject({ restored: { target: point.database } });
  });

  it('masks its one database and says that the files stay, and asks which of several', async () => {
    const mask = { 'author.name': 'name' };
    const point = await movedOn({ mask });
    const { warnings, masked } = await point.restore({ mask: true });
    expect(masked).toMatchObject([{ table: 'author', column: 'name', rows: 2 }]);
    expect(warnings.map(({ code }) => code)).toContain('media-not-masked');
    const plain = await point.restore();
    expect(plain.warnings.map(({ code }) => code)).toContain('not-masked');
    expect((await point.restore({ mask: false })).warnings.map(({ code }) => code)).not.toContain(
      'not-masked',
    );

    const two = await serviceProject({
      settings: {
        encrypt: false,
        mask,
        databases: [
          { alias: 'default', path: 'db.sqlite3' },
          { alias: 'logs', path: 'logs.sqlite3' },
        ],
      },
    });
    change(join(two.folder, 'logs.sqlite3'), 'CREATE TABLE line(text)');
    await two.service.backup({ project: two.project(), what: 'all' }, yes);
    const masking = two.service.restore({ project: two.project(), what: 'all', mask: true }, yes);
    await expect(masking).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('2 databases'),
    });
    // Without masking both go in, each under the other's undo.
    change(join(two.folder, 'logs.sqlite3'), 'INSERT INTO line VALUES (1)');
    change(two.database, "UPDATE note SET body = 'live'");
    const both = await two.service.restore({ project: two.project(), what: 'all', undo: false }, yes);
    expect(both.also).toHaveLength(2);
    expect(bodiesIn(two.database)).not.toContain('live');
    expect((await undosOf(two)).length).toBeLessThan(2);
  });
});

describe('media files', () => {
  it.each(['add', 'replace', 'mirror'] as const)('come back (%s), and go back by undo', async (mode) => {
    const point = await movedOn();
    writeFileSync(join(point.media, 'kept.txt'), 'changed');
    const before = await hashFolder(point.media);
    const restored = await point.service.restore({ project: point.project(), what: 'media', mode }, yes);
    expect(restored.files).toEqual({
      added: 1,
      replaced: mode === 'add' ? 0 : 1,
      removed: mode === 'mirror' ? 1 : 0,
    });
    const { files } = await point.service.undo({ project: point.project() }, yes);
    expect(files).toEqual({
      added: mode === 'mirror' ? 1 : 0,
      replaced: mode === 'add' ? 0 : 1,
      removed: 1,
    });
    expect(await hashFolder(point.media)).toBe(before);
  });

  it('stay as they are where it is not confirmed, looked at, or nothing of that name is there', async () => {
    const point = await movedOn();
    const ask = { project: point.project(), what: 'media' } as const;
    const no = testTask();
    await expect(point.service.restore(ask, no)).rejects.toMatchObject({ code: 'not-confirmed' });
    expect((await point.service.restore({ ...ask, dryRun: true }, no)).files).toMatchObject({ added: 1 });
    const nothing = point.service.restore({ ...ask, only: 'nothing' }, yes);
    await expect(nothing).rejects.toMatchObject({ code: 'no-such-file' });
    const mirror = point.service.restore({ ...ask, only: 'lost.txt', mode: 'mirror' }, yes);
    await expect(mirror).rejects.toMatchObject({ code: 'usage' });
    expect(await point.state()).toEqual(point.lively);
    expect(await undosOf(point)).toEqual([]);
  });

  it('come back one by one, or a folder of them', async () => {
    const project = await serviceProject({ settings: { encrypt: false } });
    mkdirSync(join(project.media, 'deep'));
    for (const name of ['a.txt', 'deep/b.txt', 'deep/c.txt']) writeFileSync(join(project.media, name), name);
    await project.service.backup({ project: project.project(), what: 'media' }, yes);
    rmSync(project.media, { recursive: true });
    mkdirSync(project.media);
    const restore = (only: string) =>
      project.service.restore({ project: project.project(), what: 'media', only }, yes);
    expect((await restore('a.txt')).files).toMatchObject({ added: 1 });
    expect(existsSync(join(project.media, 'deep'))).toBe(false);
    expect((await restore('deep')).files?.added).toBeGreaterThanOrEqual(2);
    expect(readFileSync(join(project.media, 'deep/c.txt'), 'utf8')).toBe('deep/c.txt');
  });

  it('are not backed up from a root that takes too much along, nor from none', async () => {
    const project = await serviceProject({ settings: { encrypt: false } });
    const backup = (mediaRoot: string) =>
      project.service.backup({ project: project.project({ mediaRoot }), what: 'media' }, yes);
    await expect(backup('.')).rejects.toMatchObject({ code: 'media-root-refused' });
    await expect(backup('nowhere')).rejects.toMatchObject({ code: 'media-root-missing' });
    expect(await project.backups()).toEqual([]);
  });
});
