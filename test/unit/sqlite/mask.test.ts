import { describe, expect, it } from 'vitest';
import type { Connection, Engine, SqlValue } from '../../../src/core/sqlite/engine.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { applyMask } from '../../../src/core/sqlite/mask/apply.ts';
import { parseMaskRules } from '../../../src/core/sqlite/mask/rules.ts';
import { testTask } from '../../support/task.ts';

const secret = Buffer.alloc(32, 7);

const people = `
  CREATE TABLE person (id INTEGER PRIMARY KEY, email VARCHAR(254) NOT NULL UNIQUE, name VARCHAR(40) NOT NULL,
    phone VARCHAR(20), born DATE, salary NUMERIC, note TEXT, code VARCHAR(2) UNIQUE, password VARCHAR(128));
  CREATE TABLE letter (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person(id),
    recipient_email VARCHAR(254) REFERENCES person(email), email TEXT, phone TEXT);
  CREATE TABLE log (what TEXT);
  CREATE TRIGGER person_log AFTER UPDATE ON person BEGIN INSERT INTO log VALUES (old.email || ' became ' || new.email); END;
  INSERT INTO person VALUES
    (1, 'ada@lovelace.example', 'Ada Lovelace', '+44 20 7946 0001', '1815-12-10', 1200, 'first of all', 'AL', 'pbkdf2$1'),
    (2, 'grace@hopper.example', 'Grace Hopper', NULL, '1906-12-09', 2500.75, '', 'GH', 'pbkdf2$2'),
    (3, 'joan@clarke.example', 'Joan Clarke', '', NULL, 0, NULL, NULL, '');
  INSERT INTO letter VALUES (1, 1, 'ada@lovelace.example', 'ada@lovelace.example', '1'), (2, 2, NULL, 'joan@clarke.example', NULL);`;

async function opened(engine: Engine, sql: string, encoding: 'UTF-8' | 'UTF-16le' = 'UTF-8') {
  const connection = await engine.openStaging({ path: ':memory:', pageSize: 4096, encoding, autoVacuum: 0 });
  connection.exec(sql);
  return connection;
}

const column = (connection: Connection, sql: string): SqlValue[] =>
  [...connection.rows(sql)].map(([value]) => value ?? null);

describe.each(['native', 'wasm'])('masking with the %s engine', (name) => {
  const mask = async (rules: Record<string, unknown>, sql = people, encoding?: 'UTF-16le') => {
    const engine = await chooseEngine({ ...process.env, DBBACKUP_ENGINE: name });
    const connection = await opened(engine, sql, encoding);
    const masked = await applyMask(connection, parseMaskRules(rules), secret, testTask());
    return { connection, masked, of: (query: string) => column(connection, query) };
  };

  it('replaces what a rule names, keeps joins, and leaves the rest', async () => {
    const { of, masked } = await mask({ '*.email': 'email', 'person.phone': 'phone' });
    const emails = of('SELECT email FROM person ORDER BY id') as string[];
    for (const email of emails) expect(email).toMatch(/^[a-z2-9]{16}@example\.com$/);
    expect(new Set(emails).size).toBe(3);
    expect(of('SELECT email FROM letter ORDER BY id')).toEqual([emails[0], emails[2]]);
    // It refers to person.email, so it goes along.
    expect(of('SELECT recipient_email FROM letter ORDER BY id')).toEqual([emails[0], null]);
    expect(of('SELECT phone FROM person ORDER BY id')).toEqual([
      expect.stringMatching(/^\+999\d{10}$/),
      null,
      '',
    ]);
    expect(of('SELECT phone FROM letter ORDER BY id')).toEqual(['1', null]);
    expect(of('SELECT name FROM person WHERE id = 1')).toEqual(['Ada Lovelace']);
    expect(masked).toEqual([
      { table: 'letter', column: 'email', kind: 'email', rows: 2 },
      { table: 'letter', column: 'recipient_email', kind: 'email', rows: 2 },
      { table: 'person', column: 'email', kind: 'email', rows: 3 },
      { table: 'person', column: 'phone', kind: 'phone', rows: 3 },
    ]);
  });

  it('runs no trigger, and has them all afterwards', async () => {
    const { of } = await mask({ 'person.email': 'email' });
    expect(of('SELECT what FROM log')).toEqual([]);
    expect(of("SELECT name FROM sqlite_schema WHERE type = 'trigger'")).toEqual(['person_log']);
  });

  it('knows every kind', async () => {
    const rules = {
      'person.name': 'name',
      'person.born': 'date',
      'person.salary': 'number',
      'person.note': 'null',
      'person.password': 'unusable-password',
      'person.code': 'text',
      'letter.phone': { value: 'none' },
    };
    const { of } = await mask(rules);
    const names = of('SELECT name FROM person ORDER BY id');
    for (const one of names) expect(one).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+$/);
    const [born, other, none] = of('SELECT born FROM person ORDER BY id');
    expect(born).toMatch(/^1815-\d\d-\d\d$/);
    expect(born).not.toBe('1815-12-10');
    expect(other).toMatch(/^1906-/);
    expect(none).toBeNull();
    expect(of('SELECT typeof(salary) FROM person ORDER BY id')).toEqual(['integer', 'real', 'integer']);
    expect(of('SELECT note FROM person')).toEqual([null, null, null]);
    const passwords = of('SELECT password FROM person ORDER BY id');
    expect(passwords[0]).toMatch(/^![a-z2-9]{40}$/);
    expect(passwords[2]).toBe('');
    const codes = of('SELECT code FROM person ORDER BY id');
    expect(codes).toEqual([expect.stringMatching(/^..$/), expect.stringMatching(/^..$/), null]);
    expect(codes).not.toContain('AL');
    expect(of('SELECT phone FROM letter')).toEqual(['none', 'none']);
  });

  it('gives the same for the same in every encoding, and other things for another secret', async () => {
    const rules = { 'person.email': 'email', 'person.name': 'name', 'person.salary': 'number' };
    const sql = 'SELECT email || name || salary FROM person ORDER BY id';
    const first = (await mask(rules)).of(sql);
    expect((await mask(rules)).of(sql)).toEqual(first);
    expect((await mask(rules, people, 'UTF-16le')).of(sql)).toEqual(first);
    const engine = await chooseEngine({ ...process.env, DBBACKUP_ENGINE: name });
    const connection = await opened(engine, people);
    await applyMask(connection, parseMaskRules(rules), Buffer.alloc(32, 8), testTask());
    for (const one of column(connection, sql)) expect(first).not.toContain(one);
  });

  it('lets a closer rule go before a wider one, and all of a table mean its data', async () => {
    const rules = { 'person.*': 'text', '*.phone': 'null', 'person.email': 'keep' };
    const { of, masked } = await mask(rules);
    expect(of('SELECT id FROM person ORDER BY id')).toEqual([1n, 2n, 3n]);
    expect(of('SELECT email FROM person WHERE id = 1')).toEqual(['ada@lovelace.example']);
    expect(of('SELECT phone FROM person UNION ALL SELECT phone FROM letter')).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(of("SELECT count(*) FROM person WHERE name LIKE '%Ada%'")).toEqual([0n]);
    expect(masked.some(({ column: one }) => one === 'person_id')).toBe(false);
  });

  it.each([
    [{}, 'bad-mask-rule', 'no rule'],
    [{ email: 'email' }, 'bad-mask-rule', '"email"'],
    [{ 'person.email': 'mail' }, 'bad-mask-rule', '"mail"'],
    [{ 'person.email': { fixed: 1 } }, 'bad-mask-rule', 'person.email'],
    [{ 'person.mail': 'email' }, 'mask-names-nothing', '"person.mail"'],
    [{ 'person.email': 'email', '*.fax': 'phone' }, 'mask-names-nothing', '"*.fax"'],
    [{ 'person.name': 'null' }, 'mask-breaks-constraint', 'NOT NULL'],
    [{ 'person.*': 'null' }, 'mask-breaks-constraint', 'NOT NULL'],
    [{ 'person.email': { value: 'x@example.com' } }, 'mask-breaks-constraint', 'no two rows'],
    [{ 'person.id': 'number' }, 'mask-breaks-constraint', 'number of its rows'],
    [{ 'letter.person_id': 'number' }, 'mask-breaks-constraint', 'person.id'],
    [{ 'person.email': 'email', 'letter.recipient_email': 'keep' }, 'mask-breaks-constraint', 'differently'],
  ])('refuses %j by name, and changes nothing', async (rules, code, words) => {
    const engine = await chooseEngine({ ...process.env, DBBACKUP_ENGINE: name });
    const connection = await opened(engine, people);
    const all = () => [...connection.rows('SELECT * FROM person')];
    const before = all();
    const failed = (async () => applyMask(connection, parseMaskRules(rules), secret, testTask()))();
    await expect(failed).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect(all()).toEqual(before);
  });

  it('names the table that does not take it, and takes all back', async () => {
    const sql = `CREATE TABLE t (a TEXT, b TEXT CHECK (b IN ('x', 'y'))); INSERT INTO t VALUES ('one', 'x')`;
    const engine = await chooseEngine({ ...process.env, DBBACKUP_ENGINE: name });
    const connection = await opened(engine, sql);
    const rules = parseMaskRules({ 't.a': 'text', 't.b': 'text' });
    await expect(applyMask(connection, rules, secret, testTask())).rejects.toMatchObject({
      code: 'mask-breaks-constraint',
      message: expect.stringContaining('CHECK'),
    });
    expect([...connection.rows('SELECT * FROM t')]).toEqual([['one', 'x']]);
  });

  it('says so where there are fewer replacements than values', async () => {
    const letters = [...'abcdefghijklmnopqrstuvwxyz'].map((one) => `('${one}')`).join(',');
    const sql = `CREATE TABLE t (a VARCHAR(1) UNIQUE); INSERT INTO t VALUES ${letters}`;
    await expect(mask({ 't.a': 'text' }, sql)).rejects.toMatchObject({
      code: 'mask-breaks-constraint',
      message: expect.stringContaining('in 1 characters'),
    });
  });

  it('masks tables without a row number, with every name for it taken, and in many batches', async () => {
    const sql = `
      CREATE TABLE a (k TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID;
      CREATE TABLE b (rowid TEXT, _rowid_ TEXT, oid TEXT);
      CREATE TABLE c (v TEXT);
      INSERT INTO a VALUES ('one', 'secret'), ('two', 'secret');
      INSERT INTO b VALUES ('secret', 'secret', 'secret');
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000) INSERT INTO c SELECT 'secret' || i FROM n;
      DELETE FROM c WHERE rowid BETWEEN 100 AND 200;`;
    const { of } = await mask({ '*.v': 'text', 'a.k': 'text', 'b.*': 'text' }, sql);
    for (const table of ['a', 'b', 'c']) {
      const columns = table === 'a' ? 'k || v' : table === 'b' ? 'rowid || _rowid_ || oid' : 'v';
      expect(of(`SELECT count(*) FROM ${table} WHERE ${columns} LIKE '%secret%'`)).toEqual([0n]);
    }
    expect(of('SELECT count(DISTINCT v) FROM c')).toEqual([11_899n]);
    expect(of('SELECT count(DISTINCT v) FROM a')).toEqual([1n]);
  });
});
