import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../src/core/errors.ts';
import { resultCode, sqliteProblem } from '../../../src/core/sqlite/sqliteProblem.ts';
import { scratchFolder } from '../../support/scratch.ts';

const coded = (errcode: number, message = 'odd') => Object.assign(new Error(message), { errcode });

/** What SQLite says, by its number or (sql.js) in words, and what people hear. */
const problems: [number, string, string, RegExp][] = [
  [5, 'database is locked', 'busy', /locked by another process/],
  [6, 'database table is locked', 'busy', /locked by another process/],
  [7, 'out of memory', 'engine-cannot', /does not fit into memory/],
  [8, 'attempt to write a readonly database', 'database-readonly', /cannot be written to/],
  [10, 'disk I/O error', 'failed', /failed: disk I\/O error\./],
  [11, 'database disk image is malformed', 'database-corrupt', /is corrupt: .*malformed\./],
  [13, 'database or disk is full', 'disk-full', /No room left/],
  [26, 'file is not a database', 'database-corrupt', /not an SQLite database/],
];

describe('what SQLite says of a database', () => {
  it.each(problems)('%i, %s: %s', (errcode, message, code, words) => {
    const expected = { code, message: expect.stringMatching(words), hint: expect.any(String) };
    for (const error of [coded(errcode, message), coded(errcode + 256 * 3, message), new Error(message)]) {
      const problem = sqliteProblem(error, '/x/db.sqlite3');
      expect(problem).toBeInstanceOf(BackupError);
      expect(problem).toMatchObject(expected);
      expect((problem as BackupError).message).toContain('/x/db.sqlite3');
    }
  });

  it('is about a file that is not there, or that cannot be opened', async () => {
    const path = join(await scratchFolder(), 'db.sqlite3');
    const error = coded(14, 'unable to open database file');
    expect(sqliteProblem(error, path)).toMatchObject({ code: 'database-vanished' });
    writeFileSync(path, '');
    expect(sqliteProblem(error, path)).toMatchObject({
      code: 'failed',
      message: `${path} cannot be opened.`,
    });
    expect(sqliteProblem(new Error(error.message), path)).toMatchObject({ code: 'failed' });
  });

  it('passes where it is about a statement, or an error for people already', () => {
    for (const error of [new Error('near "x": syntax error'), coded(19), 'a text', undefined])
      expect(sqliteProblem(error, '/x')).toBe(error);
    const known = new BackupError('busy', 'Busy.');
    expect(sqliteProblem(known, '/x')).toBe(known);
    const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
    expect(sqliteProblem(full, '/x')).toMatchObject({ code: 'disk-full' });
    expect(resultCode('a text')).toBeUndefined();
    expect(resultCode(coded(773))).toBe(5);
  });
});
