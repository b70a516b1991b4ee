import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/core/sqlite/engine.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { bringParents, missingParents } from '../../../src/core/sqlite/missingParents.ts';
import { pairTables } from '../../../src/core/sqlite/pairTables.ts';

const shape = { pageSize: 4096, encoding: 'UTF-8', autoVacuum: 0 } as const;

async function database(sql: string): Promise<Connection> {
  const connection = await (await chooseEngine({})).openStaging({ path: ':memory:', ...shape });
  connection.exec(sql);
  return connection;
}

/** Brings along what `before` lacks of `schema` filled with `all`, after the rows of `chosen` were put back. */
async function brought(schema: string, { all, live, chosen }: { all: string; live: string; chosen: string }) {
  const source = await database(`${schema};${all}`);
  const target = await database(`${schema};${live}`);
  const known = missingParents(target);
  const tables = pairTables(target, source);
  target.exec(chosen);
  return { counts: Object.fromEntries(bringParents(target, source, tables, known)), target };
}

describe('rows that others refer to', () => {
  it('come along, and those that they refer to, over a table that refers to itself', async () => {
    const schema = `CREATE TABLE place (id INTEGER PRIMARY KEY, within REFERENCES place(id));
      CREATE TABLE claim (id INTEGER PRIMARY KEY, place REFERENCES place)`;
    const all = `INSERT INTO place VALUES (1, NULL), (2, 1), (3, 2), (4, NULL); INSERT INTO claim VALUES (7, 3)`;
    const { counts, target } = await brought(schema, {
      all,
      live: '',
      chosen: 'INSERT INTO claim VALUES (7, 3)',
    });
    expect(counts).toEqual({ place: 3 });
    expect([...target.rows('SELECT id FROM place ORDER BY id')].flat()).toEqual([1n, 2n, 3n]);
  });

  it('are found by keys of several columns, in tables without rowid, and by text of another case', async () => {
    const schema = `CREATE TABLE town (country TEXT COLLATE NOCASE, name TEXT, PRIMARY KEY (country, name)) WITHOUT ROWID;
      CREATE TABLE visit (id INTEGER PRIMARY KEY, c, n, FOREIGN KEY (c, n) REFERENCES Town (country, name))`;
    const all = `INSERT INTO town VALUES ('PL', 'Łódź'), ('PL', 'Gdynia'); INSERT INTO visit VALUES (1, 'pl', 'Łódź')`;
    const chosen = `INSERT INTO visit VALUES (1, 'pl', 'Łódź'), (2, NULL, 'x')`;
    const { counts } = await brought(schema, { all, live: '', chosen });
    expect(counts).toEqual({ town: 1 });
  });

  it('stay missing where they were missing before, or where the backup has none', async () => {
    const schema =
      'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p)';
    const all = 'INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 1), (2, 2), (3, 3)';
    const live = 'INSERT INTO c VALUES (1, 1)';
    const chosen = 'INSERT INTO c VALUES (2, 2), (3, 3)';
    const { counts, target } = await brought(schema, { all, live, chosen });
    expect(counts).toEqual({ p: 1 });
    expect([...target.rows('SELECT id FROM p')].flat()).toEqual([2n]);
  });

  it('are refused where another row has their key', async () => {
    const schema =
      'CREATE TABLE p (id INTEGER PRIMARY KEY, code UNIQUE); CREATE TABLE c (id INTEGER PRIMARY KEY, p REFERENCES p(code))';
    const all = "INSERT INTO p VALUES (1, 'a'); INSERT INTO c VALUES (1, 'a')";
    const live = "INSERT INTO p VALUES (1, 'b')";
    const refused = brought(schema, { all, live, chosen: "INSERT INTO c VALUES (1, 'a')" });
    await expect(refused).rejects.toMatchObject({ code: 'row-refused' });
  });
});
