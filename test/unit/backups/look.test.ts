import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { OpenBackups } from '../../../src/core/backups/openBackups.ts';
import { openDecoded } from '../../../src/core/backups/openDecoded.ts';
import { createResources } from '../../../src/core/backups/resources.ts';
import { createService } from '../../../src/core/createService.ts';
import type { Cell, ChosenRows } from '../../../src/core/look.ts';
import type { RestoreAnswer } from '../../../src/core/service.ts';
import type { ConfirmQuestion } from '../../../src/core/task.ts';
import { fixture } from '../../support/fixtures.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const words = (cells: (Cell | undefined)[]) =>
  cells.map((cell) => (cell && 'text' in cell ? cell.text : cell && 'hex' in cell ? `x'${cell.hex}'` : cell));

afterEach(() => void vi.useRealTimers());

/** Files that SQLite opens and removes at once; a thread of its own looks, since SQLite does not let this one. */
async function watchTemporaryFiles(): Promise<{ end(): Promise<string[]> }> {
  const script = `const { parentPort } = require('node:worker_threads');
    const { readdirSync, readlinkSync } = require('node:fs');
    const seen = new Set();
    const look = () => { for (const fd of readdirSync('/proc/self/fd')) try {
      const path = readlinkSync('/proc/self/fd/' + fd);
      if (/etilqs/.test(path)) seen.add(path);
    } catch {} };
    const timer = setInterval(look, 2);
    parentPort.once('message', () => { clearInterval(timer); parentPort.postMessage([...seen]); });
    parentPort.postMessage('ready');`;
  const worker = new Worker(script, { eval: true });
  await once(worker, 'message');
  return {
    async end() {
      worker.postMessage('end');
      const [seen] = await once(worker, 'message');
      return seen as string[];
    },
  };
}

describe.each(['native', 'wasm'])('looking into a backup with the %s engine', (engine) => {
  const serviceIn = async () => {
    const home = await scratchFolder();
    const environment = { ...process.env, DBBACKUP_HOME: home, DBBACKUP_ENGINE: engine };
    const service = createService({ environment, workspace: () => [], trustProject: true });
    return { home, environment, service, task: testTask() };
  };

  /** A table of each kind of value, as a dump and as an image. */
  const sample = async (name: 'a.dump' | 'a.sqlite3', encoding = 'UTF-8') => {
    const path = join(await scratchFolder(), name);
    const sql = `
      CREATE TABLE "odd ""name" (id INTEGER PRIMARY KEY, "a""b" TEXT, x, r REAL, rowid_ BLOB);
      INSERT INTO "odd ""name" VALUES (1, 'Äpfel', NULL, 1.0, x'00ff');
      INSERT INTO "odd ""name" VALUES (9007199254740993, 'two
lines', 3, 1.5, x'');
      INSERT INTO "odd ""name" VALUES (3, '${'long '.repeat(1000)}', '100% _sure_', NULL, NULL);
      CREATE TABLE pair (a TEXT NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
      INSERT INTO pair VALUES ('y', 1), ('x', 2), ('x', 1);
      CREATE TABLE empty (a);`;
    if (name === 'a.dump') await writeFile(path, `BEGIN;${sql}COMMIT;`);
    else {
      const database = new DatabaseSync(path);
      database.exec(`PRAGMA encoding = '${encoding}';${sql}`);
      database.close();
    }
    return path;
  };

  it.each([
    ['a.dump', 'UTF-8'],
    ['a.sqlite3', 'UTF-8'],
    ['a.sqlite3', 'UTF-16le'],
  ] as const)('reads values of every kind from %s in %s', async (name, encoding) => {
    const { service, task } = await serviceIn();
    const { id, tables, inMemory } = await service.openBackup({ file: await sample(name, encoding) }, task);
    expect(inMemory).toBe(true);
    expect(tables.map(({ name, rows }) => [name, rows])).toEqual([
      ['empty', 0],
      ['odd "name', 3],
      ['pair', 3],
    ]);
    expect(tables[2]?.columns).toEqual([
      { name: 'a', type: 'TEXT', key: 1 },
      { name: 'b', type: 'INTEGER', key: 2 },
    ]);
    const { rows, total } = await service.readRows({ id, table: 'odd "name', offset: 0, limit: 200 }, task);
    expect(total).toBe(3);
    expect(words(rows[0] ?? [])).toEqual(['1', 'Äpfel', null, '1.0', "x'00ff'"]);
    expect(words(rows[2] ?? [])).toEqual(['9007199254740993', 'two\nlines', '3', '1.5', "x''"]);
    const [, long] = rows[1] ?? [];
    const bytes = encoding === 'UTF-8' ? 5000 : 10_000;
    expect(long).toMatchObject({ type: 'text', bytes, cut: true });
    const cell = { id, table: 'odd "name', row: 1, column: 'a"b' };
    expect(await service.readCell(cell, task)).toEqual({
      type: 'text',
      text: 'long '.repeat(1000),
      bytes,
      cut: false,
    });
  });

  it('orders, filters and pages, the same rows always in the same place', async () => {
    const { service, task } = await serviceIn();
    const { id } = await service.openBackup({ file: await sample('a.dump') }, task);
    const read = async (table: string, more: object) =>
      (await service.readRows({ id, table, offset: 0, limit: 10, ...more }, task)).rows.map((row) =>
        words(row.slice(0, 2)),
      );
    expect(await read('pair', {})).toEqual([
      ['x', '1'],
      ['x', '2'],
      ['y', '1'],
    ]);
    expect(await read('pair', { orderBy: { column: 'b', descending: true } })).toEqual([
      ['x', '2'],
      ['x', '1'],
      ['y', '1'],
    ]);
    expect(await read('pair', { offset: 1, limit: 1 })).toEqual([['x', '2']]);
    const names = async (filter: object) => (await read('odd "name', { filter })).map(([first]) => first);
    expect(await names({ text: 'LINES' })).toEqual(['9007199254740993']);
    expect(await names({ text: '0% _s' })).toEqual(['3']);
    expect(await names({ text: '_' })).toEqual(['3']);
    expect(await names({ text: '3', column: 'x' })).toEqual(['9007199254740993']);
    expect(await names({ text: "' OR 1=1 --" })).toEqual([]);
  });

  it('takes names from the schema alone', async () => {
    const { service, task } = await serviceIn();
    const { id } = await service.openBackup({ file: await sample('a.dump') }, task);
    const ask = { id, offset: 0, limit: 10 };
    const refused = { code: 'no-such-column' };
    const orderBy = { column: 'b" DESC; DROP TABLE pair; --' };
    await expect(service.readRows({ ...ask, table: 'pair', orderBy }, task)).rejects.toMatchObject(refused);
    const filter = { text: 'x', column: '1) OR (1' };
    await expect(service.readRows({ ...ask, table: 'pair', filter }, task)).rejects.toMatchObject(refused);
    await expect(service.readRows({ ...ask, table: 'sqlite_schema' }, task)).rejects.toMatchObject({
      code: 'no-such-table',
    });
    expect((await service.readRows({ ...ask, table: 'pair' }, task)).total).toBe(3);
  });

  it('keeps nothing decoded on disk, and is decoded once for all who look', async () => {
    const { service, task, home } = await serviceIn();
    const file = await sample('a.sqlite3');
    const first = await service.openBackup({ file }, task);
    const second = await service.openBackup({ file }, task);
    expect(second.id).toBe(first.id);
    expect(await readdir(join(home, 'work')).catch(() => [])).toEqual([]);
    const ask = { id: first.id, table: 'pair', offset: 0, limit: 1 };
    await service.closeBackup(first, task);
    expect((await service.readRows(ask, task)).total).toBe(3);
    await service.closeBackup(first, task);
    await expect(service.readRows(ask, task)).rejects.toMatchObject({ code: 'not-open' });
    expect(await service.closeBackup(first, task)).toEqual({ closed: false });
  });

  it.skipIf(process.platform !== 'linux')(
    'sorts in memory: SQLite makes no temporary file of rows',
    async () => {
      const { service, task } = await serviceIn();
      const file = join(await scratchFolder(), 'a.dump');
      const rows = Array.from(
        { length: 20_000 },
        (_, at) => `(${at}, '${(at * 7919) % 20_000} ${'x'.repeat(2000)}')`,
      );
      await writeFile(
        file,
        `BEGIN;CREATE TABLE t (id INTEGER PRIMARY KEY, x);INSERT INTO t VALUES ${rows.join(',')};COMMIT;`,
      );
      const { id } = await service.openBackup({ file }, task);
      const watch = await watchTemporaryFiles();
      const orderBy = { column: 'x' };
      const page = await service.readRows({ id, table: 't', offset: 19_990, limit: 10, orderBy }, task);
      expect(page.rows.map(([, text]) => (text && 'text' in text ? text.text.slice(0, 4) : text))).toEqual([
        ...['9990', '9991', '9992', '9993', '9994', '9995', '9996', '9997', '9998', '9999'],
      ]);
      expect(await watch.end()).toEqual([]);
    },
  );

  it('uses a private file for what is too big, says so, and removes it', async () => {
    const { environment, home, task } = await serviceIn();
    const resources = createResources(environment);
    for (const name of ['a.dump', 'a.sqlite3'] as const) {
      const keys = await resources.sessionKeys(task);
      const opened = await openDecoded(await sample(name), keys, resources, task, 1000);
      expect(opened.inMemory).toBe(false);
      expect(opened.warnings).toMatchObject([{ code: 'private-file' }]);
      expect(opened.tableRows).toContainEqual({ name: 'pair', rows: 3 });
      expect(await readdir(join(home, 'work'))).toHaveLength(1);
      await opened.close();
      expect(await readdir(join(home, 'work'))).toEqual([]);
    }
  });

  it('opens an encrypted one, and shows nothing of one that was changed', async () => {
    const { service, task } = await serviceIn();
    await service.importKeys({ data: readFileSync(fixture('keys/nopass.sec.asc')) }, task);
    const file = fixture('lowfat-4.0.2/backups/default-vm-2026-11-22-234928.dump.gpg');
    const { id, tables, encrypted } = await service.openBackup({ file }, task);
    expect(encrypted).toBe(true);
    const claimants = tables.find(({ name }) => name === 'lowfat_claimant');
    const page = await service.readRows({ id, table: 'lowfat_claimant', offset: 0, limit: 1000 }, task);
    expect(page.rows).toHaveLength(claimants?.rows ?? 0);

    const damaged = join(await scratchFolder(), 'default-vm-2026-11-22-234928.dump.gpg');
    await copyFile(file, damaged);
    const bytes = await readFile(damaged);
    const at = Math.floor(bytes.length * 0.7);
    bytes[at] = (bytes[at] ?? 0) === 0x41 ? 0x42 : 0x41;
    await writeFile(damaged, bytes);
    await expect(service.openBackup({ file: damaged }, task)).rejects.toMatchObject({ code: 'damaged' });
  });

  it('compares two backups, row by row and page by page', async () => {
    const { service, home, task } = await serviceIn();
    const folder = await scratchFolder();
    const write = async (name: string, sql: string) => {
      await writeFile(join(folder, name), `BEGIN;${sql}COMMIT;`);
      return join(folder, name);
    };
    const values = (skip: number, text: string) =>
      Array.from({ length: 500 }, (_, index) => index + 1)
        .filter((id) => id % skip !== 0)
        .map((id) => `(${id}, '${id % 7 === 0 ? text : 'same'}')`)
        .join(',');
    const before = await write(
      'a.dump',
      `CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, old);
       INSERT INTO t (id, x) VALUES ${values(5, 'then')}; CREATE TABLE gone (a); INSERT INTO gone VALUES (1);`,
    );
    const after = await write(
      'b.dump',
      `CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT, fresh);
       INSERT INTO t (id, x) VALUES ${values(3, 'now')}; CREATE TABLE new (a); INSERT INTO new VALUES (2), (3);`,
    );
    const project = { folder };
    const { id, tables, schema } = await service.openComparison({ project, before, after }, task);
    expect(tables.map(({ name, added, removed, changed }) => [name, added, removed, changed])).toEqual([
      ['gone', 0, 1, 0],
      ['new', 2, 0, 0],
      ['t', 67, 133, 38],
    ]);
    expect(tables[2]).toMatchObject({
      columns: ['id', 'x'],
      key: ['id'],
      columnsBefore: ['old'],
      columnsAfter: ['fresh'],
    });
    expect(schema.before).toContain('CREATE TABLE t (\n  id INTEGER PRIMARY KEY,\n  x TEXT,\n  old\n);');
    const read = async (table: string, offset: number, limit: number) =>
      (await service.readDifferences({ id, table, offset, limit }, task)).rows;
    const all = await read('t', 0, 1000);
    expect(all).toHaveLength(67 + 133 + 38);
    expect([
      ...(await read('t', 0, 100)),
      ...(await read('t', 100, 100)),
      ...(await read('t', 200, 100)),
    ]).toEqual(all);
    expect(await read('t', 50, 10)).toEqual(all.slice(50, 60));
    const at = all.findIndex(({ kind }) => kind === 'changed');
    expect(all[at]).toMatchObject({ kind: 'changed', changed: [1] });
    expect(await service.readDifference({ id, table: 't', row: at, column: 'x' }, task)).toMatchObject({
      before: { text: 'then' },
      after: { text: 'now' },
    });
    expect(await read('gone', 0, 10)).toEqual([
      { kind: 'removed', before: [{ type: 'integer', text: '1' }] },
    ]);
    await service.closeComparison({ id }, task);
    await expect(read('t', 0, 1)).rejects.toMatchObject({ code: 'not-open' });
    expect(await readdir(join(home, 'work')).catch(() => [])).toEqual([]);
  });

  it('compares with the live database as it is now, and does not keep others from writing', async () => {
    const { service, home, task } = await serviceIn();
    const folder = await scratchFolder();
    const live = join(folder, 'db.sqlite3');
    const database = new DatabaseSync(live);
    database.exec(`CREATE TABLE pair (a TEXT NOT NULL, b INTEGER NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
      INSERT INTO pair VALUES ('x', 2), ('z', 9)`);
    const ask = { project: { folder }, after: await sample('a.dump') };
    const { id, before, tables } = await service.openComparison(ask, task);
    expect(before).toBe(live);
    database.exec('DELETE FROM pair');
    database.close();
    expect(tables.find(({ name }) => name === 'pair')).toMatchObject({ added: 2, removed: 1, changed: 0 });
    const { rows } = await service.readDifferences({ id, table: 'pair', offset: 0, limit: 10 }, task);
    expect(rows.map((row) => [row.kind, words('after' in row ? row.after : row.before)])).toEqual([
      ['added', ['x', '1']],
      ['added', ['y', '1']],
      ['removed', ['z', '9']],
    ]);
    expect(await readdir(join(home, 'work'))).toHaveLength(1);
    await service.closeComparison({ id }, task);
    expect(await readdir(join(home, 'work'))).toEqual([]);
  });

  it('refuses what is no database', async () => {
    const { service, task } = await serviceIn();
    const file = join(await scratchFolder(), 'a.dump');
    await writeFile(file, 'hello');
    await expect(service.openBackup({ file }, task)).rejects.toMatchObject({ code: 'not-a-dump' });
    await writeFile(file, Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(4096, 7)]));
    await expect(service.openBackup({ file }, task)).rejects.toMatchObject({ code: 'damaged' });
  });
});

describe('OpenBackups', () => {
  it('closes what nobody asks for', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const open = new OpenBackups(1000);
    let closed = 0;
    const decoded = {
      connection: undefined as never,
      tableRows: [],
      tables: [],
      encrypted: false,
      inMemory: true,
      warnings: [],
      close: async () => void closed++,
    };
    const { id } = await open.open('/a', 'any', async () => decoded);
    vi.advanceTimersByTime(900);
    open.get(id);
    vi.advanceTimersByTime(900);
    expect(closed).toBe(0);
    vi.advanceTimersByTime(200);
    expect(closed).toBe(1);
    expect(() => open.get(id)).toThrow('no longer open');
  });
});

describe.each(['native', 'wasm'])('taking back rows with the %s engine', (engine) => {
  const schema = `
    CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
    CREATE TABLE claim (id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person(id), note TEXT);
    CREATE TABLE log (line TEXT);
    CREATE TRIGGER logged AFTER INSERT ON person BEGIN INSERT INTO log VALUES (new.name); END;`;
  const content = `
    INSERT INTO person VALUES (1, 'Ada'), (2, 'Grace'), (3, 'Joan');
    INSERT INTO claim VALUES (1, 1, 'one'), (2, 2, 'two
lines'), (3, 3, 'three');
    DELETE FROM log;`;

  const prepared = async () => {
    const folder = await scratchFolder();
    const live = join(folder, 'db.sqlite3');
    const database = new DatabaseSync(live);
    database.exec(`PRAGMA journal_mode = wal; ${schema} ${content}`);
    const file = join(folder, 'a.dump');
    await writeFile(file, `BEGIN;${schema.replace(/CREATE TRIGGER[^;]+;[^;]+;/, '')}${content}COMMIT;`);
    database.exec(`PRAGMA foreign_keys = OFF;
      UPDATE claim SET note = 'changed'; DELETE FROM claim WHERE id = 2; DELETE FROM person WHERE id = 2;
      INSERT INTO person VALUES (9, 'New'); DELETE FROM log;`);
    const environment = { ...process.env, DBBACKUP_HOME: join(folder, 'home'), DBBACKUP_ENGINE: engine };
    const service = createService({ environment, workspace: () => [], trustProject: true });
    const questions: ConfirmQuestion[] = [];
    const confirm = async (question: ConfirmQuestion) => questions.push(question) > 0;
    const ask = { project: { folder, settings: { databases: [{ alias: 'default', path: 'db.sqlite3' }] } } };
    const task = testTask({ confirm });
    const { id } = await service.openComparison({ ...ask, after: file }, task);
    const read = (table: string) =>
      database.prepare(`SELECT * FROM ${table} ORDER BY 1`).all().map(Object.values);
    // The engine without locks replaces the file, and wants it free of a log.
    if (engine === 'wasm') database.exec('PRAGMA journal_mode = delete');
    return { service, ask: { ...ask, id }, task, questions, database, live, read };
  };
  const reopened = (live: string, table: string) => {
    const database = new DatabaseSync(live, { readOnly: true });
    try {
      return database.prepare(`SELECT * FROM ${table} ORDER BY 1`).all().map(Object.values);
    } finally {
      database.close();
    }
  };

  it('brings back those and no others, fires no trigger, and can be undone', async () => {
    const { service, ask, task, questions, database, live } = await prepared();
    database.exec("INSERT INTO log VALUES ('written since')");
    database.close();
    const chosen = [
      { table: 'claim', rows: [1] },
      { table: 'person', rows: [0] },
    ];
    const answer = await service.takeBack({ ...ask, chosen }, task);
    expect(reopened(live, 'person').map(([id]) => id)).toEqual([1, 2, 3, 9]);
    expect(reopened(live, 'claim')).toEqual([
      [1, 1, 'changed'],
      [2, 2, 'two\nlines'],
      [3, 3, 'changed'],
    ]);
    expect(reopened(live, 'log')).toEqual([['written since']]);
    expect(questions).toMatchObject([
      {
        part: 'rows',
        tables: [
          { name: 'claim', rowsNow: 2, rowsAfter: 3, added: 1 },
          { name: 'person', rowsNow: 3, rowsAfter: 4, added: 1 },
        ],
      },
    ]);
    expect(answer.restored.rows).toBe(2);
    await service.undo({ project: ask.project, id: answer.undo ?? '' }, task);
    expect(reopened(live, 'person').map(([id]) => id)).toEqual([1, 3, 9]);
  });

  it('names the parents that would be missing, and changes nothing', async () => {
    const { service, ask, task, database, live } = await prepared();
    database.close();
    const before = await readFile(live);
    const chosen = [{ table: 'claim', rows: 'all' as const }];
    await expect(service.takeBack({ ...ask, chosen }, task)).rejects.toMatchObject({
      code: 'parents-missing',
      message: 'Rows of claim (id 2) would refer to rows of person that are not there (id 2).',
    });
    expect(await readFile(live)).toEqual(before);
    const answer = await service.takeBack({ ...ask, chosen, withParents: true }, task);
    expect(answer.changes).toMatchObject([
      { name: 'claim', rowsNow: 2, rowsAfter: 3 },
      { name: 'person', rowsNow: 3, rowsAfter: 4, added: 1 },
    ]);
  });

  it('refuses what has changed since, or breaks a constraint', async () => {
    const { service, ask, task, database, live } = await prepared();
    database.exec(
      "UPDATE claim SET note = 'again' WHERE id = 1; UPDATE person SET name = 'Grace' WHERE id = 9",
    );
    database.close();
    const before = await readFile(live);
    const changed = service.takeBack({ ...ask, chosen: [{ table: 'claim', rows: [0] }] }, task);
    await expect(changed).rejects.toMatchObject({ code: 'changed-meanwhile' });
    const unique = service.takeBack({ ...ask, chosen: [{ table: 'person', rows: [0] }] }, task);
    await expect(unique).rejects.toMatchObject({
      code: 'row-refused',
      message: expect.stringMatching(
        /^The row of person with id 2 cannot be brought back: UNIQUE .*person.name/,
      ),
    });
    expect(await readFile(live)).toEqual(before);
  });
});

describe.each(['native', 'wasm'])('taking back with the %s engine', (engine) => {
  /** A live database that was backed up and then changed, and a comparison of the two. */
  const compared = async (sql: { made: string; changed: string }) => {
    const folder = await scratchFolder();
    const live = join(folder, 'db.sqlite3');
    const database = new DatabaseSync(live);
    database.exec(sql.made);
    const environment = { ...process.env, DBBACKUP_HOME: join(folder, 'home'), DBBACKUP_ENGINE: engine };
    const service = createService({ environment, workspace: () => [], trustProject: true });
    const task = testTask({ confirm: async () => true });
    const settings = { databases: [{ alias: 'default', path: 'db.sqlite3' }] };
    const project = { folder, settings };
    const { backups } = await service.backup({ project, what: 'database', encrypt: false }, task);
    const schema = () =>
      database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2').all();
    const before = schema();
    database.exec(sql.changed);
    const { id, tables } = await service.openComparison({ project, after: backups[0]?.path ?? '' }, task);
    const differences = (name: string) => tables.find((table) => table.name === name);
    const take = (...chosen: ChosenRows[]) => service.takeBack({ project, id, chosen }, task);
    const undo = (answer: RestoreAnswer) => service.undo({ project, id: answer.undo ?? '' }, task);
    database.close();
    const query = (text: string) => {
      const reopened = new DatabaseSync(live, { readOnly: true });
      try {
        return reopened.prepare(text).all().map(Object.values);
      } finally {
        reopened.close();
      }
    };
    return { take, undo, query, before, live, differences };
  };

  it('makes a table that was dropped again, with its indexes, triggers and count, and can be undone', async () => {
    const { take, undo, query, before } = await compared({
      made: `CREATE TABLE note (id INTEGER PRIMARY KEY AUTOINCREMENT, body, big AS (length(body)));
        CREATE UNIQUE INDEX note_body ON note (body);
        CREATE TABLE log (line); CREATE INDEX log_line ON log (line);
        CREATE TRIGGER noted AFTER INSERT ON note BEGIN INSERT INTO log VALUES (new.body); END;
        INSERT INTO note (body) VALUES ('a'), ('two
lines'), (CAST(x'ff00' AS TEXT)), (x'ff'), (1.0), (NULL);
        DELETE FROM note WHERE id = 6; DELETE FROM log;
        CREATE TABLE loose (a); INSERT INTO loose (rowid, a) VALUES (7, 'seven'), (9, 'nine');
        CREATE TABLE pair (a, b, PRIMARY KEY (b, a)) WITHOUT ROWID; INSERT INTO pair VALUES (1, 2), (2, 1);`,
      changed: 'DROP TABLE note; DROP TABLE loose; DROP TABLE pair;',
    });
    const answer = await take(
      { table: 'note', rows: 'all' },
      { table: 'loose', rows: [1] },
      { table: 'pair', rows: 'all' },
    );
    expect(answer.changes).toMatchObject([
      { name: 'note', rowsNow: null, rowsAfter: 5, added: 5 },
      { name: 'loose', rowsNow: null, rowsAfter: 1, added: 1 },
      { name: 'pair', rowsNow: null, rowsAfter: 2, added: 2 },
    ]);
    const after = query('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2');
    expect(after).toEqual(before.map(Object.values));
    expect(query('SELECT id, typeof(body), hex(body), big FROM note ORDER BY id')).toEqual([
      [1, 'text', '61', 1],
      [2, 'text', Buffer.from('two\nlines').toString('hex').toUpperCase(), 9],
      [3, 'text', 'FF00', 1],
      [4, 'blob', 'FF', 1],
      [5, 'real', '312E30', 3],
    ]);
    expect(query("SELECT seq FROM sqlite_sequence WHERE name = 'note'")).toEqual([[6]]);
    expect(query('SELECT rowid, a FROM loose')).toEqual([[9, 'nine']]);
    expect(query('SELECT a, b FROM pair ORDER BY b')).toEqual([
      [2, 1],
      [1, 2],
    ]);
    expect(query('SELECT * FROM log')).toEqual([]);
    await undo(answer);
    expect(query("SELECT name FROM sqlite_schema WHERE name IN ('note', 'loose', 'pair')")).toEqual([]);
  });

  it('tells rows without a key apart by their numbers where these are the same, else by what is in them', async () => {
    const values = Array.from({ length: 400 }, (_, at) => `('n${at}', ${at})`).join(',');
    const { take, query, differences } = await compared({
      made: `CREATE TABLE loose (a, b); INSERT INTO loose VALUES ${values};
        CREATE TABLE moved (a, b); INSERT INTO moved VALUES ${values};`,
      changed: `UPDATE loose SET b = -1 WHERE a IN ('n3', 'n390'); DELETE FROM loose WHERE a = 'n7';
        CREATE TABLE again (a, b); INSERT INTO again SELECT a, b FROM moved WHERE a <> 'n5';
        UPDATE again SET b = -1 WHERE a = 'n100';
        DROP TABLE moved; ALTER TABLE again RENAME TO moved;`,
    });
    expect(differences('loose')).toMatchObject({
      ...{ key: ['rowid'], columns: ['rowid', 'a', 'b'], added: 1, removed: 0, changed: 2 },
      ...{ columnsBefore: [], columnsAfter: [] },
    });
    expect(differences('moved')).toMatchObject({ key: [], added: 2, removed: 1, changed: 0 });
    await take({ table: 'loose', rows: 'all' }, { table: 'moved', rows: 'all' });
    for (const table of ['loose', 'moved']) {
      const rows = query(`SELECT a, b FROM ${table} ORDER BY b`);
      expect(rows).toEqual(Array.from({ length: 400 }, (_, at) => [`n${at}`, at]));
    }
    expect(query("SELECT rowid FROM loose WHERE a = 'n7'")).toEqual([[8]]);
  });

  it('lets rows swap what is unique among them', async () => {
    const { take, query } = await compared({
      made: `CREATE TABLE seat (id INTEGER PRIMARY KEY, place TEXT UNIQUE NOT NULL, who);
        INSERT INTO seat VALUES (1, 'a', 'x'), (2, 'b', 'y'), (3, 'c', 'z'), (4, 'd', 'w');`,
      changed: `DELETE FROM seat; INSERT INTO seat VALUES (1, 'b', 'x'), (2, 'c', 'y'), (3, 'a', 'z'), (5, 'd', 'v')`,
    });
    await take({ table: 'seat', rows: 'all' });
    expect(query('SELECT * FROM seat ORDER BY id')).toEqual([
      [1, 'a', 'x'],
      [2, 'b', 'y'],
      [3, 'c', 'z'],
      [4, 'd', 'w'],
    ]);
  });

  it('leaves no search index behind that says something else than its table', async () => {
    // The engine without locks has no FTS5.
    const [module, row] = engine === 'native' ? ['fts5', 'rowid'] : ['fts4', 'docid'];
    const outside = engine === 'native' ? "content='note', content_rowid='id'" : 'content="note"';
    const { take, query } = await compared({
      made: `CREATE TABLE note (id INTEGER PRIMARY KEY, body TEXT);
        CREATE VIRTUAL TABLE own USING ${module}(body);
        CREATE TRIGGER own_ai AFTER INSERT ON note BEGIN INSERT INTO "own"(${row}, body) VALUES (new.id, new.body); END;
        CREATE TRIGGER own_ad AFTER DELETE ON note BEGIN DELETE FROM own WHERE ${row} = old.id; END;
        CREATE TRIGGER own_au AFTER UPDATE ON note BEGIN -- INSERT INTO elsewhere
          DELETE FROM own WHERE ${row} = old.id;
          INSERT INTO own(${row}, body) VALUES (new.id, new.body); END;
        CREATE VIRTUAL TABLE found USING ${module}(body, ${outside});
        INSERT INTO note VALUES (1, 'apple'), (2, 'pear');
        INSERT INTO found(found) VALUES ('rebuild');`,
      changed: `DELETE FROM note WHERE id = 2; UPDATE note SET body = 'banana' WHERE id = 1;
        INSERT INTO found(found) VALUES ('rebuild');`,
    });
    await take({ table: 'note', rows: 'all' });
    for (const index of ['own', 'found']) {
      const hits = (word: string) =>
        query(`SELECT ${row} FROM ${index} WHERE ${index} MATCH '${word}'`).flat();
      expect([index, hits('apple'), hits('pear'), hits('banana')]).toEqual([index, [1], [2], []]);
    }
    await expect(take({ table: 'own', rows: 'all' })).rejects.toMatchObject({
      code: 'no-such-table',
      message: expect.stringContaining('own is a virtual table'),
    });
  });
});
