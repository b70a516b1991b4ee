import { describe, expect, it } from 'vitest';
import { splitStatements } from '../../../src/core/sqlite/statements.ts';
import { inPieces } from '../../support/bytes.ts';

async function split(sql: string | Buffer, piece = 7): Promise<(string | { comment: string })[]> {
  const parts: (string | { comment: string })[] = [];
  for await (const part of splitStatements(inPieces(Buffer.from(sql), piece))) {
    parts.push('comment' in part ? { comment: part.comment } : part.bytes.toString());
  }
  return parts;
}

describe('splitStatements', () => {
  it.each([
    ['two on a line', 'A;B;', ['A;', 'B;']],
    ['blanks and empty ones', ' ; ;\n A ; ', ['A ;']],
    ['no last semicolon', 'A;\nB', ['A;', 'B']],
    ['semicolons in quotes', `A ';' ";" \`;\` [;];B;`, [`A ';' ";" \`;\` [;];`, 'B;']],
    ['doubled quotes', `A 'it''s;' "q"";";B;`, [`A 'it''s;' "q"";";`, 'B;']],
    ['line breaks in a string', "A 'x\nDELETE FROM t;\ny';B;", ["A 'x\nDELETE FROM t;\ny';", 'B;']],
    ['comments within', 'A -- ;\n /* ; */ B;', ['A -- ;\n /* ; */ B;']],
    ['a comment between', '-- hi; there\nA;', [{ comment: 'hi; there' }, 'A;']],
    ['minus and divided', 'A 1-1/2*3;', ['A 1-1/2*3;']],
    ['a byte order mark', '\ufeffA;', ['A;']],
    ['CRLF between, kept within', "A 'x\r\ny';\r\nB;\r\n", ["A 'x\r\ny';", 'B;']],
    [
      'a trigger',
      'CREATE TRIGGER t AFTER INSERT ON x BEGIN UPDATE y SET a=1; SELECT CASE WHEN 1 THEN 2 END; END;B;',
      [
        'CREATE TRIGGER t AFTER INSERT ON x BEGIN UPDATE y SET a=1; SELECT CASE WHEN 1 THEN 2 END; END;',
        'B;',
      ],
    ],
    [
      'a temporary trigger with a comment before its end',
      'CREATE TEMP TRIGGER t AFTER INSERT ON x BEGIN A; /* END; */ END;B;',
      ['CREATE TEMP TRIGGER t AFTER INSERT ON x BEGIN A; /* END; */ END;', 'B;'],
    ],
    ['a column named end', 'CREATE TABLE t(end, trigger);B;', ['CREATE TABLE t(end, trigger);', 'B;']],
    ['an open string', "A 'never closed;", ["A 'never closed;"]],
  ])('%s', async (_name, sql, expected) => {
    for (const piece of [1, 2, 3, 1000]) expect(await split(sql, piece)).toEqual(expected);
  });

  it('says on which line a statement begins', async () => {
    const lines: number[] = [];
    const sql = Buffer.from("-- one\nA 'x\ny';\n\n\nB; C;\n/* a\nb */ D;");
    for await (const part of splitStatements(inPieces(sql, 5)))
      if (!('comment' in part)) lines.push(part.line);
    expect(lines).toEqual([2, 6, 6, 8]);
  });

  it('refuses a statement without an end', async () => {
    const endless = splitStatements(inPieces(Buffer.from(`A '${'x'.repeat(10_000)}`), 100), 1000);
    await expect(endless.next()).rejects.toMatchObject({ code: 'over-limit' });
  });

  it.each([
    ['a text', "A '", 'x', "';"],
    ['a doubled quote after the other', "A '", "''", "';"],
    ['a name in brackets', 'A [', 'x', '];'],
    ['a word', 'A ', 'x', ';'],
    ['a number', 'A 1', '.', ';'],
    ['a comment to the end of its line', 'A -- ', 'x', '\n;'],
    ['a comment between marks', 'A /*', '*', '/;'],
    ['blanks', 'A ', ' ', ';'],
  ])('looks at no byte twice, however long a statement is: %s', async (_name, start, filling, end) => {
    // Were it to begin anew with each of 12,000 chunks, it would take many minutes.
    const filled = Buffer.alloc(6_000_000, filling);
    const sql = Buffer.concat([Buffer.from(start), filled, Buffer.from(`${end}B;`)]);
    const parts: number[] = [];
    for await (const part of splitStatements(inPieces(sql, 512)))
      if (!('comment' in part)) parts.push(part.bytes.length);
    expect(parts).toEqual([sql.length - 2, 2]);
  });

  it('keeps what it gave out when more comes in behind it', async () => {
    const kept: Buffer[] = [];
    const long = `A '${'x'.repeat(500)}';`;
    for await (const part of splitStatements(inPieces(Buffer.from(`${long}B;C;${long}D;`), 10)))
      if (!('comment' in part)) kept.push(part.bytes);
    expect(kept.map(String)).toEqual([long, 'B;', 'C;', long, 'D;']);
  });
});
