import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as sqlite from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openReading, openWatching } from '../../../src/core/sqlite/nativeLive.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

/** A live database with one row, and a place for private copies. */
async function live(pragmas = '') {
  const folder = await scratchFolder();
  const [path, home] = [join(folder, 'db.sqlite3'), join(folder, 'home')];
  const access = { sqlite, patienceMs: 60, home };
  const database = new sqlite.DatabaseSync(path);
  database.exec(`${pragmas}; CREATE TABLE t(a); INSERT INTO t VALUES ('one')`);
  onTestFinished(() => {
    if (database.isOpen) database.close();
  });
  const copies = () => readdirSync(join(home, 'work'), { withFileTypes: true }).map(({ name }) => name);
  return { folder, path, access, database, copies };
}

const valuesIn = (database: sqlite.DatabaseSync) =>
  database
    .prepare('SELECT a FROM t')
    .all()
    .map(({ a }) => a);

const wal = 'PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0';

describe('a live database that is read', () => {
  it.each([
    ['in a rollback journal mode', ''],
    ['in WAL mode', wal],
  ])('is one moment of it, and is not written to, %s', async (_, pragmas) => {
    const { path, access, database } = await live(pragmas);
    const { database: reading, close } = await openReading(path, access, testTask());
    if (pragmas) database.exec("INSERT INTO t VALUES ('later')");
    else expect(() => database.exec("INSERT INTO t VALUES ('later')")).toThrow(/locked/);
    expect(valuesIn(reading)).toEqual(['one']);
    expect(() => reading.exec("INSERT INTO t VALUES ('ours')")).toThrow(/readonly|query_only/);
    expect(reading.prepare('SELECT "as text" AS x').get()).toEqual({ x: 'as text' });
    close();
    close();
    expect(reading.isOpen).toBe(false);
    database.exec("INSERT INTO t VALUES ('last')");
    expect(valuesIn(database)).toContain('last');
  });

  it('keeps a log as it is, with a process that has it open or without one', async () => {
    const { folder, path, access, database } = await live(wal);
    const log = readFileSync(`${path}-wal`);
    const open = await openReading(path, access, testTask());
    expect(valuesIn(open.database)).toEqual(['one']);
    open.close();
    expect(readFileSync(`${path}-wal`).equals(log)).toBe(true);

    const left = join(folder, 'left.sqlite3');
    for (const end of ['', '-wal']) copyFileSync(path + end, left + end);
    database.close();
    const before = readFileSync(left);
    const alone = await openReading(left, access, testTask());
    expect(valuesIn(alone.database)).toEqual(['one']);
    expect(existsSync(`${left}-shm`)).toBe(false);
    alone.close();
    expect(readFileSync(left).equals(before)).toBe(true);
    expect(readFileSync(`${left}-wal`).equals(log)).toBe(true);
    expect(existsSync(`${left}-shm`)).toBe(false);
  });

  it('of which a private copy was read leaves no copy behind, nor where that is no database', async () => {
    const { folder, path, access, database, copies } = await live(wal);
    const left = join(folder, 'left.sqlite3');
    for (const end of ['', '-wal']) copyFileSync(path + end, left + end);
    database.close();
    const { close } = await openReading(left, access, testTask());
    expect(copies()).toHaveLength(1);
    close();
    expect(copies()).toEqual([]);
    // A log that holds every page would make up for the file.
    writeFileSync(`${left}-wal`, 'no log');
    writeFileSync(left, 'no database at all, and longer than the head of one would be: '.repeat(30));
    await expect(openReading(left, access, testTask())).rejects.toMatchObject({ code: 'database-corrupt' });
    expect(copies()).toEqual([]);
  });

  it('is opened as it lies, without a copy, where its log is empty', async () => {
    const { path, access, database } = await live();
    database.close();
    writeFileSync(`${path}-wal`, '');
    const { database: reading, close } = await openReading(path, access, testTask());
    expect(valuesIn(reading)).toEqual(['one']);
    close();
    expect(existsSync(join(access.home, 'work'))).toBe(false);
  });

  it('is busy while another writes, and is waited for', async () => {
    const { path, access, database } = await live();
    database.exec('BEGIN EXCLUSIVE');
    await expect(openReading(path, access, testTask())).rejects.toMatchObject({ code: 'busy' });
    const waiting = openReading(path, { ...access, patienceMs: 5000 }, testTask());
    setTimeout(() => database.exec('COMMIT'), 30);
    const { database: reading, close } = await waiting;
    expect(valuesIn(reading)).toEqual(['one']);
    close();
  });

  it('has vanished, or is no database, and nothing is made in its place', async () => {
    const { folder, path, access, database } = await live();
    database.close();
    rmSync(path);
    await expect(openReading(path, access, testTask())).rejects.toMatchObject({ code: 'database-vanished' });
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(path, 'no database at all, and longer than the head of one would be: '.repeat(30));
    const { size } = statSync(path);
    await expect(openReading(path, access, testTask())).rejects.toMatchObject({ code: 'database-corrupt' });
    expect(statSync(path).size).toBe(size);
  });
});

describe('a live database that is about to be written to', () => {
  it('is read until then, and is busy while another writes', async () => {
    const { path, access, database } = await live();
    const { database: watching, close } = await openWatching(path, access, testTask());
    expect(valuesIn(watching)).toEqual(['one']);
    close();
    database.exec('BEGIN EXCLUSIVE');
    await expect(openWatching(path, access, testTask())).rejects.toMatchObject({ code: 'busy' });
    database.exec('COMMIT');
    writeFileSync(
      `${path}.other`,
      'no database at all, and longer than the head of one would be: '.repeat(30),
    );
    await expect(openWatching(`${path}.other`, access, testTask())).rejects.toMatchObject({
      code: 'database-corrupt',
    });
  });
});
