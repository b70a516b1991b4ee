import { describe, expect, it } from 'vitest';
import type { SqlValue } from '../../../src/core/sqlite/engine.ts';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { applyMask } from '../../../src/core/sqlite/mask/apply.ts';
import { parseMaskRules } from '../../../src/core/sqlite/mask/rules.ts';
import { suggestMaskRules } from '../../../src/core/sqlite/mask/suggest.ts';
import { testTask } from '../../support/task.ts';

const secret = Buffer.alloc(32, 7);

async function opened(sql: string) {
  const engine = await chooseEngine(process.env);
  const connection = await engine.openStaging({
    path: ':memory:',
    pageSize: 4096,
    encoding: 'UTF-8',
    autoVacuum: 0,
  });
  connection.exec(sql);
  const of = (query: string): SqlValue[] => [...connection.rows(query)].map(([value]) => value ?? null);
  const mask = (rules: Record<string, unknown>) =>
    applyMask(connection, parseMaskRules(rules), secret, testTask());
  return { connection, of, mask };
}

/** What a value of a column becomes. */
async function masked(kind: string, type: string, ...values: string[]): Promise<SqlValue[]> {
  const rows = values.map((value) => `(${value})`).join(', ');
  const { of, mask } = await opened(`CREATE TABLE t(x ${type}); INSERT INTO t VALUES ${rows};`);
  await mask({ 't.x': kind });
  return of('SELECT x FROM t ORDER BY rowid');
}

describe('a date keeps its form and its year', () => {
  it.each<[string, RegExp]>([
    ["'2026-05-04'", /^2026-\d\d-\d\d$/],
    ["'2026-05-04 00:00:00'", /^2026-\d\d-\d\d 00:00:00$/],
    ["'2026-05-04T00:00'", /^2026-\d\d-\d\dT00:00$/],
    ["'2026-05-04 10:11'", /^2026-\d\d-\d\d \d\d:\d\d$/],
    ["'2026-05-04T10:11:12Z'", /^2026-\d\d-\d\dT\d\d:\d\d:\d\dZ$/],
    ["'2026-05-04 10:11:12.123456+02:00'", /^2026-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}\+02:00$/],
    ["'in May'", /^[a-z ]{10,}$/],
  ])('%s', async (value, form) => {
    const [found] = await masked('date', 'TEXT', value);
    expect(found).toMatch(form);
    expect(`'${found}'`).not.toBe(value);
  });

  it('as a number of milliseconds, seconds or days it moves by half a year at most', async () => {
    const days = 86_400;
    for (const [time, perDay] of [
      [1_780_000_000_000, days * 1000],
      [1_780_000_000, days],
      [20_600, 1],
    ] as const) {
      const [found] = await masked('date', 'INTEGER', String(time));
      const moved = Math.abs(Number(found) - time) / perDay;
      expect(moved).toBeGreaterThanOrEqual(0);
      expect(moved).toBeLessThanOrEqual(181);
      expect(typeof found).toBe('bigint');
    }
    const [real] = await masked('date', 'REAL', '2460000.5');
    expect(real).not.toBe(2_460_000.5);
    // No time at all: its digits are replaced.
    const [far] = await masked('date', 'INTEGER', '123456789012345678');
    expect(String(far)).toHaveLength(18);
  });
});

describe('a text keeps its kind and about its length', () => {
  it('words for words, a word for a word, an address for an address', async () => {
    const long = 'word '.repeat(100);
    const [one, more, address, short] = await masked(
      'text',
      'TEXT',
      "'once'",
      `'${long}'`,
      "'https://me.example/x'",
      "'a b'",
    );
    expect(one).toMatch(/^[a-z]{20,}$/);
    expect(String(more)).toHaveLength(500);
    expect(more).toContain('lorem ipsum');
    expect(address).toMatch(/^https:\/\/example\.com\/[a-z]+$/);
    expect(short).toMatch(/^[a-z]+ [a-z]+ [a-z]+$/);
  });

  it('within the column’s own length', async () => {
    const [email, tiny, phone, password] = [
      await masked('email', 'VARCHAR(20)', "'me@example.org'"),
      await masked('email', 'VARCHAR(6)', "'a@b.c'"),
      await masked('phone', 'VARCHAR(8)', "'0123'"),
      await masked('unusable-password', 'VARCHAR(12)', "'secret'"),
    ].flat();
    expect(email).toMatch(/^[a-z2-9]{13}@x\.test$/);
    expect(tiny).toMatch(/^[a-z2-9]{6}$/);
    expect(phone).toMatch(/^\d{8}$/);
    expect(password).toMatch(/^![a-z2-9]{11}$/);
  });
});

describe('a number keeps its digits', () => {
  it.each([
    ['INTEGER', '-1200', /^-\d{4}$/],
    ['INTEGER', '9223372036854775807', /^\d{18}$/],
    ['REAL', '0.05', /^0\.0\d$/],
    ['TEXT', "'1,234.50'", /^\d,\d{3}\.\d\d$/],
    ['TEXT', "'12e+10'", /^\d\de\+10$/],
    ['TEXT', "'about ten'", /^[a-z ]+$/],
  ])('%s %s', async (type, value, form) => {
    const [found] = await masked('number', type, value);
    expect(String(found)).toMatch(form);
  });

  it('and becomes a longer one where all of its length are taken', async () => {
    const digits = Array.from({ length: 10 }, (_, digit) => `'${digit}'`);
    const { of, mask } = await opened(
      `CREATE TABLE t(x TEXT UNIQUE); INSERT INTO t VALUES ${digits.map((value) => `(${value})`).join(', ')};`,
    );
    await mask({ 't.x': 'number' });
    const found = of('SELECT x FROM t') as string[];
    expect(new Set(found).size).toBe(10);
    for (const one of found) expect(one).toMatch(/^\d{2,}$/);
  });

  it('or cannot, where there is no room for a longer one', async () => {
    const rows = Array.from({ length: 10 }, (_, digit) => `('${digit}')`).join(', ');
    const { mask } = await opened(`CREATE TABLE t(x VARCHAR(1) UNIQUE); INSERT INTO t VALUES ${rows};`);
    await expect(mask({ 't.x': 'number' })).rejects.toMatchObject({
      code: 'mask-breaks-constraint',
      message: expect.stringContaining('in 1 characters'),
    });
  });

  it('where values need not differ, one may be what another was', async () => {
    const rows = Array.from({ length: 9 }, (_, digit) => `(${digit + 1})`).join(', ');
    const { of, mask } = await opened(`CREATE TABLE t(x INTEGER); INSERT INTO t VALUES ${rows};`);
    await mask({ 't.x': 'number' });
    const found = of('SELECT x FROM t ORDER BY rowid').map(Number);
    expect(found).toHaveLength(9);
    for (const [index, one] of found.entries()) expect(one).not.toBe(index + 1);
  });
});

describe('a fixed value', () => {
  it.each([
    [null, null],
    ['none', 'none'],
    [true, 1n],
    [false, 0n],
    [7, 7n],
    [1.5, 1.5],
    [2 ** 60, 2 ** 60],
  ])('%j', async (value, expected) => {
    const { of, mask } = await opened('CREATE TABLE t(x); INSERT INTO t VALUES (1), (2);');
    await mask({ 't.x': { value } });
    expect(of('SELECT x FROM t')).toEqual([expected, expected]);
  });

  it.each([[[]], [{ value: [] }], [{ value: 1, more: 2 }], ['hide'], [undefined], [7]])(
    'is not %j',
    async (what) => {
      const { mask } = await opened('CREATE TABLE t(x);');
      const rules = { 't.x': what };
      await expect(async () => mask(rules)).rejects.toMatchObject({ code: 'bad-mask-rule' });
    },
  );

  const pairs = 'CREATE TABLE t(a, b, c, UNIQUE (a, b)); CREATE UNIQUE INDEX by_c ON t(lower(c));';

  it('for a part of what has to differ leaves it to the rest, and is refused where that is the same', async () => {
    const apart = await opened(
      `${pairs} INSERT INTO t VALUES (1, 1, 'x'), (2, 2, 'y'), (3, NULL, 'z'), (4, NULL, 'w');`,
    );
    await apart.mask({ 't.a': { value: 0 } });
    expect(apart.of('SELECT a FROM t')).toEqual([0n, 0n, 0n, 0n]);
    const same = await opened(`${pairs} INSERT INTO t VALUES (1, 1, 'x'), (2, 1, 'y');`);
    await expect(same.mask({ 't.a': { value: 0 } })).rejects.toMatchObject({
      code: 'mask-breaks-constraint',
      message: expect.stringContaining('no two rows may have the same a, b'),
    });
    await expect(same.mask({ 't.a': { value: 0 }, 't.b': { value: 0 } })).rejects.toThrow(/same a, b/);
    // NULL is never the same as NULL.
    await same.mask({ 't.a': { value: 0 }, 't.b': 'null' });
    expect(same.of('SELECT b FROM t')).toEqual([null, null]);
  });

  it('never goes where a row number stands', async () => {
    const { mask } = await opened('CREATE TABLE t(id INTEGER PRIMARY KEY, x); INSERT INTO t VALUES (1, 2);');
    for (const what of [{ value: 5 }, 'null', 'number'])
      await expect(mask({ 't.id': what })).rejects.toMatchObject({
        code: 'mask-breaks-constraint',
        message: expect.stringContaining('the number of its rows'),
      });
  });
});

describe('a rule for all of a table', () => {
  const table = `CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, born DATE, at DATETIME, size INT, price NUMERIC, flag BOOL);
    INSERT INTO t VALUES (1, 'Ada', '1815-12-10', '2026-01-01 10:00:00', 170, 9.5, 1);`;

  it.each([
    ['text', ['name']],
    ['date', ['born', 'at']],
    ['number', ['size', 'price']],
    ['null', ['name', 'born', 'at', 'size', 'price', 'flag']],
  ])('%s means the columns that can be of that kind', async (kind, columns) => {
    const { mask } = await opened(table);
    const found = await mask({ 't.*': kind });
    expect(found.map(({ column }) => column).sort()).toEqual([...columns].sort());
  });
});

describe('columns that refer to one another', () => {
  const tree = `CREATE TABLE parent(code TEXT PRIMARY KEY); CREATE TABLE child(code TEXT REFERENCES parent, x);
    INSERT INTO parent VALUES ('a'), ('b'); INSERT INTO child VALUES ('a', 1), ('b', 2);`;

  it('may be cut: the rest goes without', async () => {
    const { of, mask } = await opened(tree);
    await mask({ 'parent.code': 'text', 'child.code': 'null' });
    expect(of('SELECT code FROM child')).toEqual([null, null]);
    for (const code of of('SELECT code FROM parent')) expect(code).toMatch(/^[a-z]{10,}$/);
  });

  it('are masked alike, or that is refused', async () => {
    const { mask } = await opened(tree);
    await expect(mask({ 'parent.code': 'text', 'child.code': 'email' })).rejects.toThrow(
      /mask them differently/,
    );
  });

  it('by a rule that names no key of the other, or a table that is gone, are not tied', async () => {
    const { mask } = await opened(
      'CREATE TABLE child(code TEXT REFERENCES gone(code)); INSERT INTO child VALUES (1);',
    );
    expect(await mask({ 'child.code': 'text' })).toMatchObject([{ table: 'child', column: 'code' }]);
  });
});

describe('rules that name nothing', () => {
  it('are told with what there is', async () => {
    const { mask } = await opened('CREATE TABLE t(a, b);');
    await expect(mask({ 't.c': 'text' })).rejects.toMatchObject({
      message: expect.stringContaining('The mask rule "t.c" names no column'),
      hint: expect.stringContaining('t has a, b.'),
    });
    await expect(mask({ 'x.c': 'text', 'y.d': 'text' })).rejects.toMatchObject({
      message: expect.stringContaining('The mask rules "x.c", "y.d" name no column'),
      hint: expect.stringContaining('There are the tables t.'),
    });
    const many = await opened(Array.from({ length: 41 }, (_, at) => `CREATE TABLE t${at}(a);`).join(''));
    await expect(many.mask({ 'x.c': 'text' })).rejects.toMatchObject({
      hint: expect.stringMatching(/, …\.$/),
    });
  });
});

describe('suggestions', () => {
  it('leave out what a rule that is there covers, and give no one value where values have to differ', async () => {
    const { connection } = await opened(
      `CREATE TABLE person(id INTEGER PRIMARY KEY, email TEXT, token TEXT UNIQUE, password TEXT); CREATE TABLE other(email TEXT, ip TEXT UNIQUE);`,
    );
    const patterns = (known: string[] = []) =>
      suggestMaskRules(connection, known).map(({ pattern }) => pattern);
    const all = patterns();
    expect(all).toContain('*.email');
    expect(patterns(['*.email'])).not.toContain('*.email');
    expect(patterns(['person.email'])).toContain('*.email');
    expect(patterns(['person.email', 'other.email'])).not.toContain('*.email');
    for (const { columns, mask } of suggestMaskRules(connection))
      if (columns.some(({ column }) => column === 'token' || column === 'ip'))
        expect(typeof mask).toBe('string');
  });
});
