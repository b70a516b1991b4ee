import { expect, test } from 'vitest';
import type { SqlValue } from '../../../src/core/sqlite/engine.ts';
import { bindLiterals } from '../../../src/core/sqlite/wasmParameters.ts';

test.each<[string, SqlValue[], string, unknown[]]>([
  ['SELECT ?', [1n], 'SELECT (1)', []],
  ['SELECT ?', [-(2n ** 63n)], 'SELECT (-9223372036854775807 - 1)', []],
  ['SELECT ?, ?', [2, 1.5], 'SELECT (2.0), (1.5)', []],
  ['SELECT ?', [1e300], 'SELECT (1e+300)', []],
  ['SELECT ?, ?', [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], 'SELECT 9e999, (-9e999)', []],
  ['SELECT ?', [Number.NaN], 'SELECT NULL', []],
  ['SELECT ?, ?', ['a', null], 'SELECT ?, ?', ['a', null]],
  ['SELECT ?, ?', ['a'], 'SELECT ?, ?', ['a', null]],
  [`SELECT '?', "?", [?], \`?\`, ? -- ?`, [1n], `SELECT '?', "?", [?], \`?\`, (1) -- ?`, []],
  [`SELECT 'it''s ? or', '', ?`, [1n], `SELECT 'it''s ? or', '', (1)`, []],
  ['SELECT "a "" ? b", "", ?', [1n], 'SELECT "a "" ? b", "", (1)', []],
  ['SELECT `a `` ? b`, ?', [1n], 'SELECT `a `` ? b`, (1)', []],
  ['SELECT [a " ? b], [] , ?', [1n], 'SELECT [a " ? b], [] , (1)', []],
  ["SELECT -- it's ?\n? - ?", [1n, 2n], "SELECT -- it's ?\n(1) - (2)", []],
  ["SELECT /* it's * ? \n ** / ? */ ?, 1 / ?", [1n, 2n], "SELECT /* it's * ? \n ** / ? */ (1), 1 / (2)", []],
  ['SELECT /* ? */ ? /* ?', ['x'], 'SELECT /* ? */ ? /* ?', ['x']],
])('%s, case %#', (sql, values, written, bound) => {
  expect(bindLiterals(sql, values)).toEqual({ sql: written, parameters: bound });
});
