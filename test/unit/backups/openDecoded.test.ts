import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openDecoded } from '../../../src/core/backups/openDecoded.ts';
import { createResources } from '../../../src/core/backups/resources.ts';
import { BackupError } from '../../../src/core/errors.ts';
import type { Connection } from '../../../src/core/sqlite/engine.ts';
import { WasmConnection } from '../../../src/core/sqlite/wasmConnection.ts';
import { expectNothingOpen, openFiles } from '../../support/openFiles.ts';
import { change } from '../../support/project.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { withEngine } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const tables = `CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE claim (person REFERENCES person(id));
  INSERT INTO person VALUES (1, 'Ada'), (2, 'Grace');`;
const orphan = 'INSERT INTO claim VALUES (7);';
const dump = (sql: string) => `BEGIN;${sql}COMMIT;`;

/** What opens backups in a folder, and which databases it opens for that, in which order. */
async function opener(engine: 'native' | 'wasm' = 'native') {
  const folder = await scratchFolder();
  const home = join(folder, 'home');
  const resources = createResources({ DBBACKUP_HOME: home, DBBACKUP_ENGINE: engine });
  const real = await resources.engine();
  const opened: string[] = [];
  const connections: Connection[] = [];
  const noted = async (where: string, opening: Promise<Connection>) => {
    opened.push(where);
    const connection = await opening;
    connections.push(connection);
    return connection;
  };
  const watched = withEngine(resources, {
    openStaging: (options) =>
      noted(options.path === ':memory:' ? 'memory' : 'file', real.openStaging(options)),
    openPrivate: (path) => noted('file', real.openPrivate(path)),
  });
  const task = testTask();
  const open = async (file: string, most?: number) =>
    openDecoded(file, await resources.sessionKeys(task), watched, task, most);
  const dumpOf = async (sql: string) => {
    await writeFile(join(folder, 'a.dump'), dump(sql));
    return join(folder, 'a.dump');
  };
  const imageOf = (sql: string) => {
    change(join(folder, 'a.sqlite3'), sql);
    return join(folder, 'a.sqlite3');
  };
  const inWork = () => readdir(join(home, 'work')).catch(() => []);
  const decoding = () => task.progress.filter(({ phase }) => phase === 'decoding');
  return { folder, resources, open, opened, connections, task, dumpOf, imageOf, inWork, decoding };
}

const names = ({ connection }: { connection: Connection }) => [
  ...connection.rows('SELECT name FROM person ORDER BY id'),
];

describe('a backup that is opened', () => {
  it.each(['dump', 'image'] as const)(
    'is held in memory up to its size, and beyond it in a file (%s)',
    async (kind) => {
      const { open, dumpOf, imageOf, inWork } = await opener();
      const file = kind === 'dump' ? await dumpOf(tables) : imageOf(tables);
      const { size } = await stat(file);
      for (const [most, inMemory] of [
        [size, true],
        [size - 1, false],
      ] as const) {
        const opened = await open(file, most);
        expect(opened).toMatchObject({ inMemory, encrypted: false });
        expect(opened.tableRows).toContainEqual({ name: 'person', rows: 2 });
        expect(names(opened)).toEqual([['Ada'], ['Grace']]);
        expect(() => opened.connection.exec('DELETE FROM person')).toThrow();
        expect(await inWork()).toHaveLength(inMemory ? 0 : 1);
        await opened.close();
        expect(() => names(opened)).toThrow();
        expect(await inWork()).toEqual([]);
      }
    },
  );

  it('is not even begun to be read into memory where its file is too big for that', async () => {
    const { open, dumpOf, opened, decoding } = await opener();
    const file = await dumpOf(tables);
    const { size } = await stat(file);
    await (await open(file, size - 1)).close();
    expect(opened).toEqual(['file', 'file']);
    expect(decoding()).toEqual([
      { phase: 'decoding', done: size, total: size, unit: 'bytes', item: 'a.dump' },
    ]);
  });

  it.each([
    ['dump', Number.MAX_SAFE_INTEGER, ['foreign-key']],
    ['dump', 10, ['foreign-key', 'private-file']],
    ['image', Number.MAX_SAFE_INTEGER, ['foreign-key']],
    ['image', 10, ['foreign-key', 'private-file']],
  ] as const)(
    'tells of rows whose parents it lacks (%s, up to %d bytes in memory)',
    async (kind, most, codes) => {
      const { open, dumpOf, imageOf, task } = await opener();
      const sql = `PRAGMA foreign_keys = OFF; ${tables} ${orphan}`;
      const opened = await open(kind === 'dump' ? await dumpOf(tables + orphan) : imageOf(sql), most);
      expect(opened.warnings.map(({ code }) => code)).toEqual(codes);
      expect(task.progress).toContainEqual({ phase: 'checking' });
      await opened.close();
    },
  );

  it('keeps its pages in a file as they are', async () => {
    const { open, imageOf } = await opener();
    const opened = await open(imageOf(`PRAGMA page_size = 8192; ${tables}`), 10);
    expect([...opened.connection.rows('PRAGMA page_size')]).toEqual([[8192n]]);
    await opened.close();
  });

  it('goes into a file where memory has no module for it', async () => {
    const { open, imageOf } = await opener();
    const index = "CREATE VIRTUAL TABLE words USING fts5(body); INSERT INTO words VALUES ('one swallow');";
    const found = await open(imageOf(tables + index));
    expect(found).toMatchObject({ inMemory: false, warnings: [{ code: 'private-file' }] });
    expect([...found.connection.rows("SELECT body FROM words WHERE words MATCH 'swallow'")]).toEqual([
      ['one swallow'],
    ]);
    await found.close();
  });
});

describe('a backup that cannot be opened', () => {
  it('is one that is gone', async () => {
    const { open, folder } = await opener();
    await expect(open(join(folder, 'gone.dump'))).rejects.toMatchObject({ code: 'no-such-file' });
  });

  it('is a dump that is refused, of which nothing is on disk or stays open', async () => {
    const { open, dumpOf, opened, connections, inWork, folder } = await opener();
    const file = await dumpOf(`${tables} INSERT INTO person VALUES (1, 'again');`);
    await expect(open(file)).rejects.toMatchObject({ code: 'row-refused' });
    expect(opened).toEqual(['memory']);
    for (const connection of connections) expect(() => [...connection.rows('SELECT 1')]).toThrow();
    expect(await inWork()).toEqual([]);
    await expectNothingOpen(folder);
  });

  it('is not left open where there is no room for its database', async () => {
    const { folder, resources, dumpOf, task } = await opener();
    const failing = withEngine(resources, {
      openStaging: () => Promise.reject(new BackupError('disk-full', 'Full.')),
    });
    // More than is looked at to find out what it is.
    const file = await dumpOf(`${tables} INSERT INTO person VALUES (3, '${'x'.repeat(5000)}');`);
    const opening = openDecoded(file, await resources.sessionKeys(task), failing, task);
    await expect(opening).rejects.toMatchObject({ code: 'disk-full' });
    // At once: what nobody closes is closed with the garbage.
    expect(openFiles(folder)).toEqual([]);
  });

  it('is a dump that wants a module which the engine has not', async () => {
    const { open, dumpOf, opened } = await opener('wasm');
    const file = await dumpOf(`${tables} CREATE VIRTUAL TABLE words USING fts5(body);`);
    await expect(open(file)).rejects.toMatchObject({ code: 'engine-cannot' });
    expect(opened).toEqual(['memory']);
  });

  it('is an image whose index says something else than its table, of which nothing is on disk or stays open', async () => {
    const { open, imageOf, folder, opened, inWork } = await opener();
    const file = imageOf(`${tables} CREATE INDEX by_name ON person(name);`);
    const bytes = await readFile(file);
    bytes.write('Hrace', bytes.lastIndexOf('Grace'));
    await writeFile(file, bytes);
    const closed = vi.spyOn(WasmConnection.prototype, 'close');
    onTestFinished(() => closed.mockRestore());
    await expect(open(file)).rejects.toMatchObject({ code: 'damaged' });
    expect(closed).toHaveBeenCalledOnce();
    expect(opened).toEqual([]);
    expect(await inWork()).toEqual([]);
    await expectNothingOpen(folder);
  });

  it('is an image that is cut short', async () => {
    const { open, imageOf, opened } = await opener();
    const file = imageOf(tables);
    await truncate(file, 4096 + 100);
    await expect(open(file)).rejects.toMatchObject({ code: 'damaged' });
    expect(opened).toEqual([]);
  });
});
