import { expect, it } from 'vitest';
import { pairTables } from '../../../src/core/sqlite/pairTables.ts';
import { inMemory } from '../../support/memory.ts';

const paired = (before: string, after: string) =>
  pairTables(inMemory(before), inMemory(after)).map(({ name, key, columns }) => ({ name, key, columns }));

it('tables on one side alone are no pair', () => {
  expect(
    paired('CREATE TABLE a(x); CREATE TABLE b(x)', 'CREATE TABLE b(x); CREATE TABLE c(x)'),
  ).toMatchObject([{ name: 'b' }]);
});

it.each([
  [
    'by a key that both have',
    't(id INTEGER PRIMARY KEY, a, b)',
    't(b, id INTEGER PRIMARY KEY, c)',
    ['id'],
    ['id', 'b'],
  ],
  [
    'by several columns in their order',
    't(a NOT NULL, b NOT NULL, c, PRIMARY KEY (b, a))',
    't(a NOT NULL, b NOT NULL, c, PRIMARY KEY (b, a))',
    ['b', 'a'],
    ['a', 'b', 'c'],
  ],
  ['by the number of the row where there is no key', 't(a)', 't(a)', ['rowid'], ['rowid', 'a']],
  [
    'by all that is in them where the keys differ',
    't(a NOT NULL, b NOT NULL, PRIMARY KEY (a)) WITHOUT ROWID',
    't(a NOT NULL, b NOT NULL, PRIMARY KEY (b)) WITHOUT ROWID',
    [],
    ['a', 'b'],
  ],
  ['by nothing where they have no column in common', 't(a)', 't(b)', [], []],
])('rows are told apart %s', (_, before, after, key, columns) => {
  const sides = [before, after].map((table) => `CREATE TABLE ${table}`) as [string, string];
  expect(paired(...sides)).toEqual([{ name: 't', key, columns }]);
});

it('rows of a virtual table have no key, on whichever side it is one', () => {
  const [virtual, plain] = ['CREATE VIRTUAL TABLE t USING fts5(a)', 'CREATE TABLE t(a PRIMARY KEY NOT NULL)'];
  for (const [before, after] of [
    [virtual, plain],
    [plain, virtual],
  ] as const) {
    const [pair] = paired(before, after).filter(({ name }) => name === 't');
    expect(pair?.key).not.toContain('a');
  }
});
