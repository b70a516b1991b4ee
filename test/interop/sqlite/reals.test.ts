import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { quoteReal } from '../../../src/core/sqlite/literals.ts';
import { hasProgram } from '../../support/programs.ts';
import { scratchFolder } from '../../support/scratch.ts';

/** Random bits, short decimals, money, denormals and both ends of the range. */
function reals(): number[] {
  const view = new DataView(new ArrayBuffer(8));
  let state = 0x9e3779b97f4a7c15n;
  const bits = () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return state ^ (state >> 29n);
  };
  const of = (value: bigint) => {
    view.setBigUint64(0, value);
    return view.getFloat64(0);
  };
  const values = [
    0,
    -0,
    5e-324,
    -5e-324,
    2.2250738585072014e-308,
    Number.MAX_VALUE,
    0.1,
    0.3,
    1e15,
    1e22,
    1e23,
    2 ** 53 + 2,
  ];
  while (values.length < 40_000) {
    const random = of(bits());
    if (Number.isFinite(random)) values.push(random);
    values.push(Number(bits() % 10n ** 9n) / 1e4, Number(bits() % 10n ** 7n) / 100, of(bits() >> 12n));
    for (const digits of [6n, 10n, 13n, 16n]) values.push(Number(bits() % 10n ** digits) / 1000);
    values.push(
      of((bits() >> 12n) | ((bits() % 90n) << 52n)),
      of((bits() >> 12n) | ((1956n + (bits() % 90n)) << 52n)),
    );
  }
  return values;
}

function differing(path: string, expected: number[]): number[] {
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare('SELECT r FROM t ORDER BY id').all() as { r: number }[];
  database.close();
  expect(rows).toHaveLength(expected.length);
  return expected.filter((value, index) => !Object.is(rows[index]?.r, value));
}

describe('every real comes back to the last bit', () => {
  const values = reals();
  const rows = values.map((value, id) => `INSERT INTO t VALUES(${id},${quoteReal(value)});`).join('\n');
  const sql = `CREATE TABLE t(id INTEGER PRIMARY KEY, r);\nBEGIN;\n${rows}\nCOMMIT;\n`;

  it.skipIf(!hasProgram('sqlite3'))('from the sqlite3 shell', async () => {
    const path = join(await scratchFolder(), 'reals.sqlite3');
    const { stderr } = spawnSync('sqlite3', ['-bail', path], { input: sql, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(differing(path, values)).toEqual([]);
  });

  it("from Node's SQLite", async () => {
    const path = join(await scratchFolder(), 'reals.sqlite3');
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
    expect(differing(path, values)).toEqual([]);
  });
});
