import { existsSync } from 'node:fs';
import { asError, BackupError } from '../errors.ts';
import { fileProblem } from '../files/fileProblem.ts';
import { notADatabase } from './header.ts';

/** Primary result codes (https://sqlite.org/rescode.html). */
export const resultCodes = {
  busy: 5,
  locked: 6,
  outOfMemory: 7,
  readOnly: 8,
  inputOutput: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
} as const;

/** sql.js tells no codes, only what sqlite3_errmsg() says. */
const codesByMessage: [RegExp, number][] = [
  [/^database is locked|^database table is locked|is locked$/, resultCodes.busy],
  [/^out of memory/, resultCodes.outOfMemory],
  [/^attempt to write a readonly database/, resultCodes.readOnly],
  [/^disk I\/O error/, resultCodes.inputOutput],
  [/malformed/, resultCodes.corrupt],
  [/^database or disk is full/, resultCodes.full],
  [/^unable to open database file/, resultCodes.cannotOpen],
  [/^file is not a database/, resultCodes.notADatabase],
];

/** SQLite's primary result code of an error that came from it, or undefined. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('errcode' in error && typeof error.errcode === 'number') return error.errcode & 0xff;
  return codesByMessage.find(([pattern]) => pattern.test(error.message))?.[1];
}

/**
 * Turns what SQLite says of a database into an error for people. What has no meaning beyond the statement that failed
 * (syntax, constraints, missing tables) and what is such an error already pass through.
 */
export function sqliteProblem(error: unknown, path: string): unknown {
  if (error instanceof BackupError) return error;
  switch (resultCode(error)) {
    case resultCodes.busy:
    case resultCodes.locked:
      return busyDatabase(path, error);
    case resultCodes.outOfMemory:
      return new BackupError(
        'engine-cannot',
        `${path} does not fit into memory.`,
        'Close other programs and try again.',
        {
          cause: error,
        },
      );
    case resultCodes.readOnly:
      return new BackupError(
        'database-readonly',
        `${path} cannot be written to.`,
        'Check the permissions of the file and of its folder: SQLite writes its journal beside it.',
        { cause: error },
      );
    case resultCodes.inputOutput:
      return new BackupError(
        'failed',
        `Reading or writing ${path} failed: ${say(error)}.`,
        'Check the disk.',
        {
          cause: error,
        },
      );
    case resultCodes.corrupt:
      return new BackupError(
        'database-corrupt',
        `${path} is corrupt: ${say(error)}.`,
        'Restore a backup, or save what can be read with the sqlite3 shell (.recover).',
        { cause: error },
      );
    case resultCodes.full:
      return new BackupError(
        'disk-full',
        `No room left on the disk of ${path}.`,
        'Free some space and try again.',
        {
          cause: error,
        },
      );
    case resultCodes.cannotOpen:
      return existsSync(path) ? cannotOpen(path, error) : vanished(path);
    case resultCodes.notADatabase:
      return notADatabase(path);
    default:
      return fileProblem(error, path);
  }
}

export function busyDatabase(path: string, cause?: unknown): BackupError {
  return new BackupError(
    'busy',
    `${path} is locked by another process.`,
    'Wait until it is done, or stop it, and try again.',
    { cause },
  );
}

export function vanished(path: string): BackupError {
  return new BackupError(
    'database-vanished',
    `${path} is not there (any more).`,
    'Check the path of the database.',
  );
}

function cannotOpen(path: string, cause: unknown): BackupError {
  return new BackupError(
    'failed',
    `${path} cannot be opened.`,
    'Check that it is a file and that you may read it and enter its folder.',
    { cause },
  );
}

function say(error: unknown): string {
  return asError(error).message;
}

/** JavaScript's texts end at 512 MiB, and a byte is two characters in SQL. @param where what holds the value */
export function tooLongForText(where: string, cause: unknown): BackupError {
  return new BackupError(
    'engine-cannot',
    `${where} holds a value that is too long to be written as text: more than 256 MB.`,
    'Back up with --format snapshot, which copies pages as they are.',
    { cause },
  );
}
