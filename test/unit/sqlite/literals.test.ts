import { describe, expect, it } from 'vitest';
import { chooseEngine } from '../../../src/core/sqlite/engines.ts';
import { quoteReal, quoteText, quoteTextBytes } from '../../../src/core/sqlite/literals.ts';
import type { Statement } from '../../../src/core/sqlite/statements.ts';
import { rowBytes, statementText } from '../../../src/core/sqlite/statementText.ts';
import { fromUtf8, textEncoding, toUtf8 } from '../../../src/core/sqlite/textEncoding.ts';

async function opened(encoding: 'UTF-8' | 'UTF-16le' | 'UTF-16be' = 'UTF-8') {
  const engine = await chooseEngine({});
  return engine.openStaging({ path: ':memory:', pageSize: 4096, encoding, autoVacuum: 0 });
}

async function evaluated(sql: string): Promise<unknown> {
  const connection = await opened();
  const [row] = connection.rows(`SELECT ${sql}`);
  return row?.[0];
}

describe('a real comes back to the last bit', () => {
  it.each([
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [-12, '-12.0'],
    [1e15, '1000000000000000.0'],
    [1e300, undefined],
    [0.1, '0.1'],
    [19.99, '19.99'],
    [Number.POSITIVE_INFINITY, '9.0e+999'],
    [Number.NEGATIVE_INFINITY, '-9.0e+999'],
    [Number.NaN, 'NULL'],
    [5e-324, undefined],
    [-2.2250738585072014e-308, undefined],
    [1.5e-260, undefined],
    [-(2 ** -1000), undefined],
    [Number.MAX_VALUE, undefined],
    [0.30000000000000004, undefined],
    [1 / 3, undefined],
    [123456789.12345679, undefined],
    [2 ** 53 + 2, undefined],
    [-1.7976931348623157e308, undefined],
  ])('%f', async (value, text) => {
    const quoted = quoteReal(value);
    if (text !== undefined) expect(quoted).toBe(text);
    const found = await evaluated(quoted);
    if (Number.isNaN(value)) expect(found).toBeNull();
    // SQLite keeps no sign of a zero that is written as one.
    else expect(Object.is(found, value) || (value === 0 && found === 0)).toBe(true);
  });

  it('a tiny one as a product of powers of two, of any length', () => {
    expect(quoteReal(2 ** -1022)).toMatch(/^\(\d+\.0(\*2\.168404344971009e-19)+\*[\d.e-]+\)$/);
    expect(quoteReal(-5e-324)).toMatch(/^\(-1\.0\*/);
    // Nothing is left over of a multiple of 62.
    expect(quoteReal(2 ** -(62 * 14 + 52) * 2 ** 52)).not.toContain('e-19*e');
  });
});

describe('a text comes back to the last byte', () => {
  it.each(['', "it's", 'two\nlines', 'a\r\nb\rc', '\\n and \n', '(\\n1) \\n \n', '\\r\r\\n\n', 'ünï 🦄'])(
    '%j',
    async (text) => {
      const quoted = quoteText(text);
      expect(quoted).not.toMatch(/[\r\n]/);
      expect(await evaluated(quoted)).toBe(text);
      expect(quoteTextBytes(Buffer.from(text))).toBe(quoted);
    },
  );

  it('as hexadecimal where it holds a NUL or is no UTF-8', () => {
    expect(quoteTextBytes(Buffer.from('a\0b'))).toBe("CAST(X'610062' AS TEXT)");
    expect(quoteTextBytes(Buffer.from([0x61, 0xff]))).toBe("CAST(X'61FF' AS TEXT)");
  });
});

describe('the bytes of a text', () => {
  it.each(['UTF-8', 'UTF-16le', 'UTF-16be'] as const)('in %s are what SQLite stores', async (encoding) => {
    const connection = await opened(encoding);
    const name = textEncoding(connection);
    for (const text of ['', 'a', 'żółć', '🦄']) {
      const [[stored] = []] = connection.rows('SELECT CAST(CAST(? AS TEXT) AS BLOB)', text);
      const bytes = Buffer.from(stored as Uint8Array);
      expect(fromUtf8(name, Buffer.from(text))).toEqual(bytes);
      expect(toUtf8(name, bytes).toString()).toBe(text);
    }
  });

  it('that are half a character, or an odd number, become the sign for it', () => {
    expect(toUtf8('utf16le', Buffer.from([0x3d, 0xd8])).toString()).toBe('\ufffd');
    expect(toUtf8('utf16be', Buffer.from([0x00, 0x61, 0x00])).toString()).toBe('a');
    expect(fromUtf8('utf16le', Buffer.from([0xff])).toString('hex')).toBe('fdff');
  });
});

describe('a statement', () => {
  const of = (bytes: Buffer | string, valueWords?: string[]) =>
    ({ bytes: Buffer.from(bytes), valueWords }) as unknown as Statement;
  const broken = Buffer.concat([
    Buffer.from(`INSERT INTO "it's [x" VALUES('a''`),
    Buffer.from([0xff, 0]),
    Buffer.from("','b''c')"),
  ]);

  it('is as it was where SQLite takes it', () => {
    const clean = Buffer.from("INSERT INTO t VALUES('ü')");
    expect(statementText(of(clean))).toBe(clean.toString());
    expect(rowBytes(of(clean))).toEqual(clean);
  });

  it('has literals of other bytes in hexadecimal, and no other', () => {
    const expected = `INSERT INTO "it's [x" VALUES(CAST(X'6127ff00' AS TEXT),'b''c')`;
    expect(statementText(of(broken))).toBe(expected);
    expect(rowBytes(of(broken)).toString()).toBe(expected);
  });

  it('has infinity and nan as SQLite knows them, and not within a text or a name', () => {
    const sql = `INSERT INTO t VALUES(-Infinity,inf,NaN,'inf',"nan")`;
    expect(rowBytes(of(sql, ['infinity', 'inf', 'nan'])).toString()).toBe(
      `INSERT INTO t VALUES(-9.0e+999,9.0e+999,NULL,'inf',"nan")`,
    );
    expect(rowBytes(of(sql, ['null'])).toString()).toBe(sql);
  });
});
