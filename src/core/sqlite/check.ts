import { asError, BackupError } from '../errors.ts';
import type { Warning } from '../task.ts';
import type { Connection } from './engine.ts';

/**
 * Fails unless SQLite finds the database sound. `quick` leaves out comparing indexes with their tables, which a load
 * has just built itself (https://sqlite.org/pragma.html#pragma_quick_check).
 */
export function checkIntegrity(connection: Connection, depth: 'quick' | 'full'): void {
  const pragma = depth === 'quick' ? 'PRAGMA quick_check(5)' : 'PRAGMA integrity_check(5)';
  const problems: string[] = [];
  try {
    for (const [line] of connection.rows(pragma)) problems.push(String(line));
  } catch (error) {
    if (error instanceof BackupError && error.code !== 'database-corrupt') throw error;
    problems.push(asError(error).message);
  }
  if (problems.length === 1 && problems[0] === 'ok') return;
  throw new BackupError(
    'damaged',
    `The database in this backup is corrupt: ${problems.join('; ').slice(0, 300)}`,
    'Use another backup.',
  );
}

/** Rows whose parent is missing, counted per table and parent (https://sqlite.org/pragma.html#pragma_foreign_key_check). */
export function foreignKeyProblems(
  connection: Connection,
): { table: string; parent: string; rows: number }[] {
  const sql = 'SELECT "table", parent, count(*) FROM pragma_foreign_key_check GROUP BY 1, 2 ORDER BY 1, 2';
  const problems = [];
  for (const [table, parent, rows] of connection.rows(sql)) {
    problems.push({ table: String(table), parent: String(parent), rows: Number(rows) });
  }
  return problems;
}

/** The same, for whoever restores a backup that is so. */
export function foreignKeyWarnings(connection: Connection): Warning[] {
  return foreignKeyProblems(connection).map(({ table, parent, rows }) => ({
    code: 'foreign-key',
    message: `${rows} rows of ${table} refer to rows of ${parent} that the backup does not have.`,
    hint: 'They were so in the source too: a dump keeps what it finds.',
  }));
}

/** Rows whose parent is missing, beyond those that were missing one before. */
export function newForeignKeyProblems(
  connection: Connection,
  before: ReturnType<typeof foreignKeyProblems>,
): ReturnType<typeof foreignKeyProblems> {
  return foreignKeyProblems(connection).flatMap(({ table, parent, rows }) => {
    const known = before.find((one) => one.table === table && one.parent === parent)?.rows ?? 0;
    return rows > known ? [{ table, parent, rows: rows - known }] : [];
  });
}
