import { appendFileSync, closeSync, fstatSync, openSync, writeFileSync } from 'node:fs';
import { copyFile, link, mkdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { closeWhenUnlocked, connectionOpened } from '../../../src/core/sqlite/descriptors.ts';
import type { Engine } from '../../../src/core/sqlite/engine.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { markWithoutLog } from '../../../src/core/sqlite/image.ts';
import { openImage } from '../../../src/core/sqlite/memoryImage.ts';
import { nativeEngine } from '../../../src/core/sqlite/native.ts';
import { copyPrivately } from '../../../src/core/sqlite/privateCopy.ts';
import { fileToken } from '../../../src/core/sqlite/wasmCommit.ts';
import { change } from '../../support/project.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const linkFails = vi.hoisted(() => ({ code: '' }));
const copied = vi.hoisted(() => ({ after: (_from: string) => undefined as unknown }));
const linked = vi.hoisted(() => ({ before: async (_from: string, _to: string) => undefined as unknown }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return {
    ...real,
    copyFile: async (from: string, to: string, mode?: number) => {
      await real.copyFile(from, to, mode);
      copied.after(from);
    },
    link: async (from: string, to: string) => {
      if (linkFails.code) throw Object.assign(new Error('link'), { code: linkFails.code });
      await linked.before(from, to);
      return real.link(from, to);
    },
  };
});
afterEach(() => {
  linkFails.code = '';
  linked.before = async () => undefined;
  copied.after = () => undefined;
});

const choose = (name: string) => chooseEngine({ ...process.env, DBBACKUP_ENGINE: name }, { patienceMs: 300 });
const task = testTask();

/** A live database with one row, and a staged one with another. */
async function pair(engine: Engine, pragmas = '', pageSize = 4096) {
  const folder = await scratchFolder();
  const [livePath, stagingPath] = [join(folder, 'live.sqlite3'), join(folder, 'staging.sqlite3')];
  change(livePath, `${pragmas}; CREATE TABLE t(x); INSERT INTO t VALUES ('old')`);
  const staging = await engine.openStaging({ path: stagingPath, pageSize, encoding: 'UTF-8', autoVacuum: 0 });
  staging.exec("CREATE TABLE t(x); INSERT INTO t VALUES ('new')");
  staging.close();
  return { folder, livePath, stagingPath };
}

function contentOf(path: string): unknown {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    return database
      .prepare('SELECT x FROM t')
      .all()
      .map(({ x }) => x);
  } finally {
    database.close();
  }
}

describe('the native engine', () => {
  it('keeps the host from calling SQLite an experiment, and nothing else from being said', async () => {
    const said = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    onTestFinished(() => said.mockRestore());
    const loading = nativeEngine({ home: await scratchFolder() });
    process.emitWarning('SQLite is an experimental feature', 'ExperimentalWarning');
    process.emitWarning('something else');
    await loading;
    expect(said.mock.calls).toEqual([['something else']]);
  });

  it('names a private file that is not there', async () => {
    const engine = await choose('native');
    const path = join(await scratchFolder(), 'gone.sqlite3');
    for (const opening of [engine.openPrivate(path), engine.openToChange(path)])
      await expect(opening).rejects.toMatchObject({ code: 'database-vanished' });
  });

  it('commits what was staged out of a WAL database without a log of its own', async () => {
    const engine = await choose('native');
    const { livePath, stagingPath } = await pair(engine);
    change(stagingPath, 'PRAGMA journal_mode = wal');
    await engine.commit({ stagingPath, livePath }, task);
    expect(contentOf(livePath)).toEqual(['new']);
    await expect(stat(`${livePath}-wal`)).rejects.toThrow('ENOENT');
  });

  it('does not change the pages of a WAL database, and says what would help', async () => {
    const engine = await choose('native');
    const { livePath, stagingPath } = await pair(engine, 'PRAGMA journal_mode = wal', 8192);
    const unlessMovedFrom = await engine.contentToken(livePath);
    await expect(engine.commit({ stagingPath, livePath, unlessMovedFrom }, task)).rejects.toMatchObject({
      code: 'engine-cannot',
      message: expect.stringContaining('4096'),
    });
    expect(contentOf(livePath)).toEqual(['old']);
  });

  it('takes a token that it does not know, or that was used, for a database that moved', async () => {
    const engine = await choose('native');
    const { livePath, stagingPath } = await pair(engine);
    const commit = (unlessMovedFrom: string) =>
      engine.commit({ stagingPath, livePath, unlessMovedFrom }, task);
    expect(await commit('unknown')).toEqual({ outcome: 'moved' });
    const first = await engine.contentToken(livePath);
    const other = await engine.contentToken(stagingPath);
    const second = await engine.contentToken(livePath);
    expect(await commit(first)).toEqual({ outcome: 'moved' });
    expect(await commit(second)).toMatchObject({ outcome: 'committed' });
    expect(await commit(second)).toEqual({ outcome: 'moved' });
    expect(other).not.toBe(second);
  });

  it('knows a database that was replaced, removed, or has come since its token', async () => {
    const engine = await choose('native');
    for (const what of ['replaced', 'removed', 'come'] as const) {
      const { folder, livePath, stagingPath } = await pair(engine);
      if (what === 'come') await rm(livePath);
      const unlessMovedFrom = await engine.contentToken(livePath);
      if (what === 'removed') await rm(livePath);
      if (what !== 'removed') {
        change(join(folder, 'another'), "CREATE TABLE t(x); INSERT INTO t VALUES ('another')");
        await rename(join(folder, 'another'), livePath);
      }
      const { outcome } = await engine.commit({ stagingPath, livePath, unlessMovedFrom }, task);
      expect([what, outcome]).toEqual([what, 'moved']);
      if (what !== 'removed') expect(contentOf(livePath)).toEqual(['another']);
    }
  });

  it('refuses a value that its text would be too long for, by name', async () => {
    const engine = await choose('native');
    const connection = await engine.openStaging({
      path: ':memory:',
      pageSize: 4096,
      encoding: 'UTF-8',
      autoVacuum: 0,
    });
    expect(() => [...connection.rows('SELECT hex(zeroblob(300000000))')]).toThrow(
      expect.objectContaining({ code: 'engine-cannot' }),
    );
    connection.close();
  }, 60_000);
});

describe('the wasm engine', () => {
  it('takes an empty file for an empty database, privately and in memory', async () => {
    const engine = await choose('wasm');
    const path = join(await scratchFolder(), 'empty.sqlite3');
    writeFileSync(path, '');
    for (const connection of [await engine.openPrivate(path), await openImage(new Uint8Array(), 'empty')]) {
      expect([...connection.rows('SELECT count(*) FROM sqlite_schema')]).toEqual([[0n]]);
      connection.close();
    }
    await expect(engine.openPrivate(`${path}.gone`)).rejects.toMatchObject({ code: 'database-vanished' });
  });

  it('opens no image that is none', async () => {
    for (const size of [50, 5000])
      await expect(openImage(Buffer.alloc(size, 0x41), 'bad')).rejects.toMatchObject({
        code: 'database-corrupt',
      });
  });

  it('reads a log that makes the database longer, and refuses one of another database', async () => {
    const engine = await choose('wasm');
    const folder = await scratchFolder();
    const path = join(folder, 'live.sqlite3');
    const live = new DatabaseSync(path);
    onTestFinished(() => live.close());
    live.exec('PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t(x)');
    live.exec("INSERT INTO t VALUES ('in the log')");
    const snapshot = await engine.openSnapshot(path, task);
    expect([...snapshot.rows('SELECT x FROM t')]).toEqual([['in the log']]);
    snapshot.close();
    const foreign = join(folder, 'foreign.sqlite3');
    change(foreign, 'PRAGMA page_size = 1024; CREATE TABLE t(x)');
    await copyFile(`${path}-wal`, `${foreign}-wal`);
    await expect(engine.openSnapshot(foreign, task)).rejects.toMatchObject({
      code: 'database-corrupt',
      message: expect.stringContaining('belongs to another database'),
    });
    // A log beside an empty file is thrown away, as SQLite does.
    const empty = join(folder, 'empty.sqlite3');
    await writeFile(empty, '');
    await copyFile(`${path}-wal`, `${empty}-wal`);
    const nothing = await engine.openSnapshot(empty, task);
    expect([...nothing.rows('SELECT count(*) FROM sqlite_schema')]).toEqual([[0n]]);
    nothing.close();
  });

  it('puts the old file back where a row was committed to it at the last moment', async () => {
    const engine = await choose('wasm');
    const { livePath, stagingPath } = await pair(engine);
    const unlessMovedFrom = await fileToken(livePath);
    linked.before = async () => change(livePath, "INSERT INTO t VALUES ('last')");
    const result = await engine.commit({ stagingPath, livePath, unlessMovedFrom }, task);
    expect(result).toEqual({ outcome: 'moved' });
    expect(contentOf(livePath)).toEqual(['old', 'last']);
  });

  it('never replaces what has appeared at the last moment', async () => {
    const engine = await choose('wasm');
    const { livePath, stagingPath, folder } = await pair(engine);
    await rename(livePath, join(folder, 'aside'));
    linked.before = async (_from, to) => copyFile(join(folder, 'aside'), to);
    expect(await engine.commit({ stagingPath, livePath }, task)).toEqual({ outcome: 'moved' });
    expect(contentOf(livePath)).toEqual(['old']);
  });

  it('commits where the file system has no links, and fails where it breaks', async () => {
    const engine = await choose('wasm');
    const { livePath, stagingPath } = await pair(engine);
    linkFails.code = 'EIO';
    await expect(engine.commit({ stagingPath, livePath }, task)).rejects.toThrow(/EIO/);
    expect(contentOf(livePath)).toEqual(['old']);
    linkFails.code = 'EPERM';
    const unlessMovedFrom = await fileToken(livePath);
    const result = await engine.commit({ stagingPath, livePath, unlessMovedFrom }, task);
    expect(result).toEqual({ outcome: 'committed', restartNeeded: true });
    expect(contentOf(livePath)).toEqual(['new']);
    await rm(livePath);
    linkFails.code = 'EIO';
    await expect(engine.commit({ stagingPath, livePath }, task)).rejects.toThrow(/EIO/);
  });
});

describe('a private copy', () => {
  it('is of a database that is there', async () => {
    const folder = await scratchFolder();
    await expect(copyPrivately(join(folder, 'gone'), folder, task)).rejects.toMatchObject({
      code: 'database-vanished',
    });
  });

  it('counts only where nothing moved meanwhile, and is given up in the end', async () => {
    const folder = await scratchFolder();
    const [path, target] = [join(folder, 'live'), join(folder, 'private')];
    await writeFile(path, Buffer.alloc(3 << 20, 1));
    await mkdir(target);
    let writes = 0;
    copied.after = (from) => from === path && writes++ < 5 && appendFileSync(path, 'x');
    expect(await readFile(await copyPrivately(path, target, task))).toHaveLength((3 << 20) + 5);
    writes = -1000;
    await expect(copyPrivately(path, target, task)).rejects.toMatchObject({ code: 'busy' });
    copied.after = () => undefined;
    await truncate(path, 100);
    expect(await readFile(await copyPrivately(path, target, task))).toHaveLength(100);
  });
});

describe('a descriptor of a live database', () => {
  const isOpen = (descriptor: number) => {
    try {
      return fstatSync(descriptor) !== undefined;
    } catch {
      return false;
    }
  };

  it('is closed when the last connection is, however often that is said', async () => {
    const path = join(await scratchFolder(), 'live');
    writeFileSync(path, '');
    const [first, second] = [connectionOpened(path), connectionOpened(path)];
    const descriptor = openSync(path, 'r');
    closeWhenUnlocked(path, descriptor);
    first();
    first();
    expect(isOpen(descriptor)).toBe(true);
    second();
    expect(isOpen(descriptor)).toBe(false);
    const alone = openSync(path, 'r');
    closeWhenUnlocked(path, alone);
    expect(isOpen(alone)).toBe(false);
    expect(() => closeSync(alone)).toThrow();
  });
});

it('an image is marked as one without a log', async () => {
  const folder = await scratchFolder();
  const path = join(folder, 'wal.sqlite3');
  change(path, 'PRAGMA journal_mode = wal; CREATE TABLE t(x)');
  await link(path, join(folder, 'same'));
  await markWithoutLog(path);
  expect([...(await readFile(path)).subarray(18, 20)]).toEqual([1, 1]);
});
