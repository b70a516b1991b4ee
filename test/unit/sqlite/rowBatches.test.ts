import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { dump } from '../../../src/core/sqlite/dump.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { load } from '../../../src/core/sqlite/load.ts';
import { NativeConnection } from '../../../src/core/sqlite/nativeConnection.ts';
import { gather, inPieces } from '../../support/bytes.ts';

const { signal } = new AbortController();

/** Small rows and large, in turns, so that some batches are read together and others value by value. */
function made(): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  database.exec(
    'CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); CREATE TABLE u(a); CREATE TABLE v(rowid, _rowid_, oid)',
  );
  const insert = database.prepare('INSERT INTO t VALUES (?, ?, ?)');
  for (let id = -300; id < 1200; id++) {
    const large = id % 700 === 0;
    insert.run(
      id,
      large ? 'long\n'.repeat(9000) : `text ${id}`,
      large ? Buffer.alloc(40_000, id & 0xff) : id / 7,
    );
  }
  insert.run(-(2n ** 63n), 'first', null);
  insert.run(2n ** 63n - 1n, 'last', 'with a \0 NUL');
  database.exec(`INSERT INTO t VALUES (2000, CAST(X'61ff62' AS TEXT), 1)`);
  database.exec(
    'INSERT INTO u SELECT a FROM t; DELETE FROM u WHERE rowid % 3 = 0; INSERT INTO v VALUES (1, 2, 3), (4, 5, 6)',
  );
  return database;
}

const contents = (connection: NativeConnection | { rows: NativeConnection['rows'] }) =>
  ['t', 'u'].map((table) => [
    ...connection.rows(
      `SELECT rowid, typeof(a), CAST(a AS BLOB)${table === 't' ? ', b' : ''} FROM ${table} ORDER BY rowid`,
    ),
  ]);

describe('rows read in batches', () => {
  it.each(['native', 'wasm'])('come back exactly, small and large ones (%s)', async (engineName) => {
    const source = new NativeConnection(made(), 'source');
    const text = await gather(dump(source, { signal, record: {} }));
    const engine = await chooseEngine({ ...process.env, DBBACKUP_ENGINE: engineName });
    const shape = { pageSize: 4096, encoding: 'UTF-8', autoVacuum: 0 } as const;
    const staging = await engine.openStaging({ path: ':memory:', ...shape });
    await load(inPieces(text, 77_777), staging, { signal });
    expect(contents(staging)).toEqual(contents(source));
    expect([...staging.rows('SELECT * FROM v')]).toEqual([
      [1n, 2n, 3n],
      [4n, 5n, 6n],
    ]);
    expect((await gather(dump(staging, { signal, record: {} }))).equals(text)).toBe(true);
    staging.close();
    source.close();
  });

  it('fill statements of at most 200 rows and about 64 KiB, a larger row alone', async () => {
    const source = new NativeConnection(made(), 'source');
    const lines = (await gather(dump(source, { signal, record: {} }))).toString().split('\n');
    const inserts = lines.filter((line) => line.startsWith('INSERT INTO "t"'));
    const rows = inserts.map((line) => line.split('),(').length);
    expect(Math.max(...rows)).toBeLessThanOrEqual(200);
    expect(rows.filter((count) => count === 200).length).toBeGreaterThan(2);
    for (const [index, line] of inserts.entries()) {
      if (rows[index] !== 1) expect(line.length).toBeLessThan(130_000);
    }
    source.close();
  });

  it('are refused by name where a value is too long for a text', async () => {
    const database = new DatabaseSync(':memory:');
    database.exec('CREATE TABLE t(a); INSERT INTO t VALUES (zeroblob(280000000))');
    const source = new NativeConnection(database, 'source');
    await expect(gather(dump(source, { signal, record: {} }))).rejects.toMatchObject({
      code: 'engine-cannot',
    });
    source.close();
  });
});
