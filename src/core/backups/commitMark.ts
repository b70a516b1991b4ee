import { stat } from 'node:fs/promises';
import { BackupError } from '../errors.ts';
import type { Task } from '../task.ts';
import type { Resources } from './resources.ts';

/** A database and what it looked like before a commit. */
export interface Awaited {
  database: string;
  /** Of {@link commitMark}. */
  mark: string;
}

/**
 * What a commit of ours changes in a live database, and rows that somebody writes do not: SQLite's backup raises the
 * schema's version (sqlite3_backup_step, backup.c), a rename brings another file.
 */
export async function commitMark(
  database: string,
  resources: Resources,
  task: Pick<Task, 'signal' | 'report'>,
): Promise<string> {
  const facts = await stat(database).catch(() => undefined);
  if (!facts || facts.size === 0) return 'no database';
  try {
    return `file ${facts.ino}, schema ${await schemaVersion(database, resources, task)}`;
  } catch (error) {
    // One that is corrupt can be restored over; afterwards it has a version.
    if (error instanceof BackupError && error.code === 'database-corrupt') return 'corrupt';
    throw error;
  }
}

async function schemaVersion(
  database: string,
  resources: Resources,
  task: Pick<Task, 'signal' | 'report'>,
): Promise<unknown> {
  const engine = await resources.engine();
  const connection = await engine.openSnapshot(database, task);
  try {
    const [row] = connection.rows('PRAGMA schema_version');
    return row?.[0];
  } finally {
    connection.close();
  }
}

/** Whether the commit that was awaited has come. */
export async function isCommitted(
  { database, mark }: Awaited,
  resources: Resources,
  task: Pick<Task, 'signal' | 'report'>,
): Promise<boolean> {
  return (await commitMark(database, resources, task)) !== mark;
}
