import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { undoCopies } from '../../../src/core/backups/settleUndo.ts';
import { undoDatabase } from '../../../src/core/backups/undoDatabase.ts';
import type { RestoreAsk } from '../../../src/core/service.ts';
import type { ConfirmQuestion } from '../../../src/core/task.ts';
import { digestOf } from '../../support/canon.ts';
import { bodiesIn, change } from '../../support/project.ts';
import { type ServiceProject, serviceProject, withEngine } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const yes = testTask({ confirm: async () => true });
const no = testTask();
const live = "UPDATE note SET body = 'live' WHERE id < 5; DELETE FROM note WHERE id = 5";

async function backedUp(project: ServiceProject, more: object = {}) {
  const ask = { project: project.project(), what: 'database', ...more } as const;
  const { backups } = await project.service.backup(ask, yes);
  return backups.map(({ path }) => path);
}

const restored = (project: ServiceProject, more: Partial<RestoreAsk> = {}, task = yes) =>
  project.service.restore({ project: project.project(), what: 'database', ...more }, task);

describe.each(['native', 'wasm'] as const)('with the %s engine', (engine) => {
  it('a restore brings the newest backup back, is undone, and its undo is undone', async () => {
    const project = await serviceProject({ engine });
    await backedUp(project);
    const before = digestOf(project.database);
    change(project.database, live);
    const after = digestOf(project.database);
    const answer = await restored(project);
    expect(digestOf(project.database)).toEqual(before);
    expect(answer.restored).toMatchObject({ target: project.database, tables: 2, rows: 5 });
    expect(answer.changes).toContainEqual({ name: 'note', rowsNow: 2, rowsAfter: 3 });
    expect(answer.undo).not.toBeNull();
    for (const expected of [after, before, after]) {
      const undone = await project.service.undo({ project: project.project() }, yes);
      expect(undone.restored).toMatchObject({ target: project.database, tables: 2 });
      expect(digestOf(project.database)).toEqual(expected);
    }
    expect(await project.service.undoCopies({ project: project.project() }, yes)).toHaveLength(1);
    expect(await project.leftovers()).toEqual([]);
  });

  it('a database that was not there is made, and undone to nothing, and made again', async () => {
    const project = await serviceProject({ engine });
    const [path] = await backedUp(project);
    const before = digestOf(project.database);
    rmSync(project.database);
    const settings = { databases: [{ alias: 'default', path: 'db.sqlite3' }] };
    const ask = { project: project.project(settings) };
    await project.service.restore({ ...ask, what: 'database', file: path ?? '' }, yes);
    expect(digestOf(project.database)).toEqual(before);
    const gone = await project.service.undo(ask, yes);
    expect(gone.restored).toMatchObject({ tables: 0, rows: 0 });
    expect(gone.changes).toContainEqual({ name: 'note', rowsNow: 3, rowsAfter: null });
    expect(existsSync(project.database)).toBe(false);
    await project.service.undo(ask, yes);
    expect(digestOf(project.database)).toEqual(before);
  });

  it('an undo to nothing keeps what somebody writes while it makes its copy', async () => {
    const project = await serviceProject({ engine });
    const [path] = await backedUp(project);
    rmSync(project.database);
    const settings = { databases: [{ alias: 'default', path: 'db.sqlite3' }] };
    const ask = { project: project.project(settings) };
    await project.service.restore({ ...ask, what: 'database', file: path ?? '' }, yes);
    const real = await project.resources.engine();
    let writes = 0;
    const resources = withEngine(project.resources, {
      copyOut: async (live, copy, task) => {
        await real.copyOut(live, copy, task);
        if (writes++ === 0) change(live, "INSERT INTO note(body) VALUES ('at the last moment')");
      },
    });
    const [kept] = await undoCopies([project.database], resources, yes);
    if (!kept) throw new Error('no copy');
    await undoDatabase(kept, resources, yes);
    expect(writes).toBe(2);
    expect(existsSync(project.database)).toBe(false);
    const [copy] = await undoCopies([project.database], resources, yes);
    expect(bodiesIn(copy?.copy ?? '')).toContain('at the last moment');
  });

  it('an undo to nothing is refused where the database is gone already', async () => {
    const project = await serviceProject({ engine });
    const [path] = await backedUp(project);
    rmSync(project.database);
    const settings = { databases: [{ alias: 'default', path: 'db.sqlite3' }] };
    const ask = { project: project.project(settings) };
    await project.service.restore({ ...ask, what: 'database', file: path ?? '' }, yes);
    rmSync(project.database);
    await expect(project.service.undo(ask, yes)).rejects.toMatchObject({ code: 'nothing-to-undo' });
  });

  it('a restore that is not confirmed changes nothing and leaves nothing', async () => {
    const project = await serviceProject({ engine });
    await backedUp(project);
    change(project.database, live);
    const bytes = readFileSync(project.database);
    await expect(restored(project, {}, no)).rejects.toMatchObject({ code: 'not-confirmed', exit: 2 });
    expect(readFileSync(project.database).equals(bytes)).toBe(true);
    expect(await project.service.undoCopies({ project: project.project() }, yes)).toEqual([]);
    expect(await project.leftovers()).toEqual([]);
  });

  it('a dry run tells every row that would change, and changes nothing', async () => {
    const project = await serviceProject({ engine });
    await backedUp(project);
    change(project.database, live);
    const bytes = readFileSync(project.database);
    const { changes, undo } = await restored(project, { dryRun: true }, no);
    expect(changes).toMatchObject([
      { name: 'author', added: 0, removed: 0, changed: 0 },
      { name: 'note', rowsNow: 2, rowsAfter: 3, added: 1, removed: 0, changed: 2 },
    ]);
    expect(undo).toBeNull();
    expect(readFileSync(project.database).equals(bytes)).toBe(true);
  });

  it('a restore without undo keeps nothing', async () => {
    const project = await serviceProject({ engine });
    await backedUp(project);
    change(project.database, live);
    expect((await restored(project, { undo: false })).undo).toBeNull();
    expect(existsSync(join(project.home, 'undo'))).toBe(false);
  });

  it('a snapshot of other pages goes into a WAL database, each row under its number', async () => {
    const project = await serviceProject({ engine });
    const source = join(project.root, 'other.sqlite3');
    change(
      source,
      'PRAGMA page_size = 8192; CREATE TABLE note(body); INSERT INTO note(rowid, body) VALUES (7, 1)',
    );
    change(project.database, 'PRAGMA journal_mode = wal');
    await restored(project, { file: source });
    const database = new DatabaseSync(project.database);
    expect(database.prepare('SELECT rowid, body FROM note').all()).toEqual([{ rowid: 7, body: 1 }]);
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    database.close();
  });
});

describe('what is asked before a restore', () => {
  it('names the backup, the database and the tables, row by row for whoever reads it', async () => {
    const project = await serviceProject();
    const [path = ''] = await backedUp(project);
    change(project.database, live);
    const asked: ConfirmQuestion[] = [];
    const task = testTask({
      confirm: async (question) => {
        asked.push(question);
        return true;
      },
    });
    const detailed = { ...task, ask: { ...task.ask, detailed: true } };
    await restored(project, {}, detailed as never);
    await project.service.undo({ project: project.project() }, detailed);
    expect(asked).toMatchObject([
      {
        action: 'restore',
        target: project.database,
        from: path.slice(path.lastIndexOf('/') + 1),
        tables: [{ name: 'author' }, { name: 'note', added: 1, removed: 0, changed: 2 }],
      },
      {
        action: 'undo',
        target: project.database,
        from: expect.stringMatching(/^its state before .*\.dump\.gpg$/),
        tables: [{ name: 'author' }, { name: 'note', added: 0, removed: 1, changed: 2 }],
      },
    ]);
  });
});

describe('which backup goes into which database', () => {
  async function twoDatabases() {
    const project = await serviceProject();
    change(join(project.folder, 'logs.sqlite3'), 'CREATE TABLE line(text); INSERT INTO line VALUES (1)');
    const settings = {
      databases: [
        { alias: 'default', path: 'db.sqlite3' },
        { alias: 'logs', path: 'logs.sqlite3' },
      ],
    };
    return { project, ask: { project: project.project(settings), what: 'database' } as const };
  }

  it('is told by its name, or by whoever asks', async () => {
    const { project, ask } = await twoDatabases();
    const { backups } = await project.service.backup(ask, yes);
    const logs = backups.find(({ file }) => file.startsWith('logs'));
    change(join(project.folder, 'logs.sqlite3'), 'DELETE FROM line');
    const byName = await project.service.restore({ ...ask, file: logs?.path ?? '' }, yes);
    expect(byName.restored.target).toBe(join(project.folder, 'logs.sqlite3'));
    const asked = await project.service.restore({ ...ask, database: 'logs' }, yes);
    expect(asked.restored).toMatchObject({ file: logs?.path, target: join(project.folder, 'logs.sqlite3') });
    const other = await project.service.restore({ ...ask, database: 'default', file: logs?.path ?? '' }, yes);
    expect(other.restored.target).toBe(project.database);
  });

  it('is never guessed: a name that tells none, an alias that is not there, no backup', async () => {
    const { project, ask } = await twoDatabases();
    const source = join(project.root, 'handmade.sqlite3');
    change(source, 'CREATE TABLE t(x)');
    await expect(project.service.restore({ ...ask, file: source }, yes)).rejects.toMatchObject({
      code: 'no-such-database',
      message: expect.stringContaining('default, logs'),
    });
    await expect(
      project.service.restore({ ...ask, database: 'other', file: source }, yes),
    ).rejects.toMatchObject({
      code: 'no-such-database',
      hint: expect.stringContaining('default, logs'),
    });
    await expect(project.service.restore({ ...ask, database: 'logs' }, yes)).rejects.toMatchObject({
      code: 'no-backups',
    });
    await expect(
      project.service.restore({ ...ask, file: join(project.root, 'gone.dump') }, yes),
    ).rejects.toMatchObject({ code: 'no-such-file' });
  });

  it('is the only database, where a name tells none', async () => {
    const project = await serviceProject({ settings: { encrypt: false } });
    const [path = ''] = await backedUp(project);
    const nameless = join(project.folder, 'backups', 'handmade.dump');
    writeFileSync(nameless, readFileSync(path));
    rmSync(path);
    change(project.database, live);
    expect((await restored(project)).restored.file).toBe(nameless);
  });

  it('is none for media files', async () => {
    const project = await serviceProject({ settings: { encrypt: false } });
    writeFileSync(join(project.media, 'a.txt'), 'a');
    const [path = ''] = await backedUp(project, { what: 'media' });
    await expect(restored(project, { file: path })).rejects.toMatchObject({ code: 'not-a-dump' });
    await expect(restored(project, { what: 'media', mask: true })).rejects.toMatchObject({ code: 'usage' });
    rmSync(path);
    await expect(restored(project, { what: 'media' })).rejects.toMatchObject({ code: 'no-backups' });
  });
});

describe('a restore into a new file', () => {
  it('makes it, and replaces none', async () => {
    const project = await serviceProject();
    const [path = ''] = await backedUp(project);
    const into = join(project.root, 'new.sqlite3');
    for (const file of [path, undefined]) {
      const { restored: made, changes, undo } = await restored(project, { into, ...(file ? { file } : {}) });
      expect(made).toMatchObject({ target: into, tables: 2, rows: 5 });
      expect(changes).toContainEqual({ name: 'note', rowsNow: null, rowsAfter: 3 });
      expect(undo).toBeNull();
      expect(digestOf(into)).toEqual(digestOf(project.database));
      expect(statSync(into).mode & 0o777).toBe(0o600);
      await expect(restored(project, { into, file: path })).rejects.toMatchObject({ code: 'target-exists' });
      rmSync(into);
    }
    expect(await project.leftovers()).toEqual([]);
  });
});

describe('where a backup goes', () => {
  it('is a new file that is named, for one backup at a time', async () => {
    const project = await serviceProject();
    const output = join(project.root, 'mine.dump.gpg');
    expect(await backedUp(project, { output })).toEqual([output]);
    await expect(backedUp(project, { output })).rejects.toMatchObject({ code: 'target-exists' });
    await expect(
      backedUp(project, { output: join(project.root, 'all.gpg'), what: 'all' }),
    ).rejects.toMatchObject({
      code: 'usage',
    });
    expect(await project.backups()).toEqual([]);
  });

  it('moves on by a second where the name is taken, and warns where the clock is behind', async () => {
    const project = await serviceProject();
    const first = await backedUp(project);
    const second = await backedUp(project);
    expect(second).not.toEqual(first);
    writeFileSync(join(project.folder, 'backups', 'default-web1-2100-01-01-000000.dump.gpg'), 'x');
    const { warnings } = await project.service.backup({ project: project.project(), what: 'database' }, yes);
    expect(warnings.map(({ code }) => code)).toContain('clock-behind');
  });
});
