import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { withoutLog } from '../../../src/core/sqlite/image.ts';
import { mergeLog, type ReadAt, readSalts, scanLog } from '../../../src/core/sqlite/wal.ts';
import { loadSqlJs } from '../../../src/core/sqlite/wasmConnection.ts';
import { scratchFolder } from '../../support/scratch.ts';

interface Files {
  main: Buffer;
  log: Buffer;
}

const fill = (table: string, from: number, to: number) =>
  `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${to})
   INSERT INTO ${table} SELECT i, hex(zeroblob(100)) FROM n;`;

/** A database and its log as they lie on disk while `work`'s last statement has just ended and nothing is closed. */
async function written(work: string[], pageSize = 1024): Promise<Files & { path: string }> {
  const path = join(await scratchFolder(), 'live.sqlite3');
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA page_size = ${pageSize}; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0`);
  // A small cache spills: frames of an unfinished transaction reach the log.
  database.exec('PRAGMA cache_size = 5');
  for (const sql of work) database.exec(sql);
  const files = { main: await readFile(path), log: await readFile(`${path}-wal`), path };
  await copyFile(path, `${path}.copy`);
  await copyFile(`${path}-wal`, `${path}.copy-wal`);
  database.close();
  return { ...files, path: `${path}.copy` };
}

const reader =
  (bytes: Uint8Array): ReadAt =>
  async (position, length) =>
    bytes.subarray(position, position + length);

async function merged({ main, log }: Files): Promise<Uint8Array> {
  const found = await scanLog(reader(log));
  if (!found) return main;
  const image = new Uint8Array(Math.max(main.length, found.pages * found.pageSize));
  image.set(main);
  return mergeLog(image, found, reader(log));
}

async function read(image: Uint8Array, sql: string): Promise<unknown> {
  const { Database } = await loadSqlJs();
  const copy = Uint8Array.from(image);
  withoutLog(copy);
  const database = new Database(copy);
  try {
    expect(database.exec('PRAGMA integrity_check')[0]?.values).toEqual([['ok']]);
    return database.exec(sql)[0]?.values[0]?.[0];
  } finally {
    database.close();
  }
}

describe('a write-ahead log', () => {
  it.each([512, 1024, 4096, 65_536])('gives its committed rows, in pages of %i', async (pageSize) => {
    const files = await written(
      ['CREATE TABLE t (i, x)', fill('t', 1, 500), 'UPDATE t SET i = i + 1'],
      pageSize,
    );
    expect(await read(await merged(files), 'SELECT sum(i) FROM t')).toBe(125_750);
  });

  it('gives what SQLite reads from the same files', async () => {
    const files = await written([
      'CREATE TABLE t (i, x)',
      fill('t', 1, 2000),
      'DELETE FROM t WHERE i % 3',
      'VACUUM',
    ]);
    const image = await merged(files);
    const database = new DatabaseSync(files.path);
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
    expect(Buffer.from(image).equals(await readFile(files.path))).toBe(true);
  });

  it('gives nothing of a transaction that is not finished', async () => {
    const work = ['CREATE TABLE t (i, x)', fill('t', 1, 10), 'BEGIN', fill('t', 11, 5000)];
    const files = await written(work);
    const found = await scanLog(reader(files.log));
    const inFile = (files.log.length - 32) / (24 + 1024);
    expect(inFile).toBeGreaterThan((found?.frames ?? 0) + 50);
    expect(await read(await merged(files), 'SELECT count(*) FROM t')).toBe(10);
  });

  it('is read to its end where it is longer than what is read at once, and to nothing where it has just begun', async () => {
    const files = await written(['CREATE TABLE t (i, x)', fill('t', 1, 12_000)]);
    expect(files.log.length).toBeGreaterThan(2 << 20);
    expect(await read(await merged(files), 'SELECT count(*) FROM t')).toBe(12_000);
    expect(await readSalts(reader(files.log))).toMatch(/./);
    expect(await readSalts(reader(files.log.subarray(0, 20)))).toBeUndefined();
    expect(await scanLog(reader(files.log.subarray(0, 20)))).toBeUndefined();
  });

  it('gives a shorter database after a VACUUM', async () => {
    const files = await written([
      'CREATE TABLE t (i, x)',
      fill('t', 1, 5000),
      'PRAGMA wal_checkpoint',
      'DELETE FROM t',
      'VACUUM',
    ]);
    const image = await merged(files);
    expect(image.length).toBeLessThan(files.main.length / 10);
    expect(await read(image, 'SELECT count(*) FROM t')).toBe(0);
  });

  it('gives nothing of the frames from before it started over', async () => {
    const files = await written([
      'CREATE TABLE t (i, x)',
      fill('t', 1, 5000),
      'PRAGMA wal_checkpoint(RESTART)',
      'DELETE FROM t WHERE i > 3',
    ]);
    const found = await scanLog(reader(files.log));
    expect((files.log.length - 32) / (24 + 1024)).toBeGreaterThan((found?.frames ?? 0) + 50);
    expect(await read(await merged(files), 'SELECT count(*) FROM t')).toBe(3);
  });

  it('is read up to the last whole transaction where it is cut or flipped', async () => {
    const files = await written([
      'CREATE TABLE t (i, x)',
      'INSERT INTO t VALUES (1, 1)',
      'INSERT INTO t VALUES (2, 2)',
    ]);
    const cut = { ...files, log: files.log.subarray(0, -1) };
    expect(await read(await merged(cut), 'SELECT count(*) FROM t')).toBe(1);
    const flipped = { ...files, log: Buffer.from(files.log) };
    flip(flipped.log, flipped.log.length - 7);
    expect(await read(await merged(flipped), 'SELECT count(*) FROM t')).toBe(1);
  });

  it.each([0, 4, 9, 17, 25, 30])('counts for nothing with its header flipped at byte %i', async (at) => {
    const { log } = await written(['CREATE TABLE t (i, x)']);
    expect(await scanLog(reader(log))).toBeDefined();
    flip(log, at);
    expect(await scanLog(reader(log))).toBeUndefined();
  });

  it.each([
    ['another magic number', 0, 0x377f0680],
    ['another version', 4, 3_007_001],
  ])('counts for nothing with %s, though its sums are right', async (_, at, value) => {
    const { log } = await written(['CREATE TABLE t (i, x)']);
    log.writeUInt32BE(value, at);
    const little = (log.readUInt32BE(0) & 1) === 0;
    writeSums(log, 24, sum(log.subarray(0, 24), !little, [0n, 0n]));
    expect(await scanLog(reader(log))).toBeUndefined();
  });

  it.each([16, 20])('ends before a frame of which the sum at byte %i alone is wrong', async (at) => {
    const files = await written(['CREATE TABLE t (i, x)', 'INSERT INTO t VALUES (1, 1)']);
    const frameBytes = 24 + 1024;
    const before = await scanLog(reader(files.log));
    flip(files.log, files.log.length - frameBytes + at);
    const after = await scanLog(reader(files.log));
    expect(after?.frames).toBeLessThan(before?.frames ?? 0);
    expect(await read(await merged(files), 'SELECT count(*) FROM t')).toBe(0);
  });

  it('counts for nothing while its first transaction has not ended', async () => {
    const files = await written(['CREATE TABLE t (i, x)', fill('t', 1, 3)]);
    const first = await scanLog(reader(files.log.subarray(0, 32 + 24 + 1024)));
    expect(first).toBeUndefined();
  });

  it('counts for nothing where it is empty', async () => {
    expect(await scanLog(reader(new Uint8Array()))).toBeUndefined();
  });

  it('may be summed in the other byte order', async () => {
    const files = await written(['CREATE TABLE t (i, x)', fill('t', 1, 300)]);
    const log = withOtherSums(files.log, 1024);
    expect(log.equals(files.log)).toBe(false);
    expect(await read(await merged({ ...files, log }), 'SELECT count(*) FROM t')).toBe(300);
    // SQLite itself agrees that the rewritten log is one.
    await writeFile(`${files.path}-wal`, log);
    const database = new DatabaseSync(files.path);
    expect(database.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 300 });
    database.close();
  });
});

function flip(bytes: Buffer, at: number): void {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
}

/** The same log as a machine of the other byte order would have written it. */
function withOtherSums(log: Buffer, pageSize: number): Buffer {
  const copy = Buffer.from(log);
  const big = copy.readUInt32BE(0) === 0x377f0682;
  copy.writeUInt32BE(big ? 0x377f0683 : 0x377f0682, 0);
  let sums = sum(copy.subarray(0, 24), big, [0n, 0n]);
  writeSums(copy, 24, sums);
  for (let at = 32; at + 24 + pageSize <= copy.length; at += 24 + pageSize) {
    sums = sum(copy.subarray(at, at + 8), big, sums);
    sums = sum(copy.subarray(at + 24, at + 24 + pageSize), big, sums);
    writeSums(copy, at + 16, sums);
  }
  return copy;
}

function sum(bytes: Buffer, big: boolean, [a, b]: [bigint, bigint]): [bigint, bigint] {
  let [s0, s1] = [a, b];
  for (let at = 0; at < bytes.length; at += 8) {
    const words = big
      ? [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)]
      : [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)];
    s0 = BigInt.asUintN(32, s0 + BigInt(words[0] ?? 0) + s1);
    s1 = BigInt.asUintN(32, s1 + BigInt(words[1] ?? 0) + s0);
  }
  return [s0, s1];
}

function writeSums(log: Buffer, at: number, [a, b]: [bigint, bigint]): void {
  log.writeUInt32BE(Number(a), at);
  log.writeUInt32BE(Number(b), at + 4);
}
