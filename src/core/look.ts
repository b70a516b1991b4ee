import type { ProjectRequest } from './project/project.ts';
import type { Cell, Page, PageQuery, RowsQuery, TableInfo } from './sqlite/browse.ts';
import type { Task, Warning } from './task.ts';

export type { Cell, Page, PageQuery, RowsQuery, TableInfo };

/** A backup that is open for reading, until it is closed or nobody has asked for anything in a while. */
export interface OpenedBackup {
  id: string;
  /** Absolute path of the backup. */
  file: string;
  tables: TableInfo[];
  encrypted: boolean;
  /** False where it was too big, and a private file is used that goes when it is closed. */
  inMemory: boolean;
  warnings: Warning[];
}

/** Looking into backups without restoring them. */
export interface LookService {
  /**
   * Decodes a database backup to its end, checks it, and keeps it open in memory; in a private file where it is too big.
   * @throws BackupError what a restore would throw
   */
  openBackup(ask: { project?: ProjectRequest; file: string }, task: Task): Promise<OpenedBackup>;
  /** @throws BackupError not-open, no-such-table, no-such-column */
  readRows(ask: PageQuery & { id: string }, task: Task): Promise<Page>;
  /** One value whole, to a limit of 4 MiB; `row` counts from 0 in the order asked for. */
  readCell(ask: RowsQuery & { id: string; row: number; column: string }, task: Task): Promise<Cell>;
  closeBackup(ask: { id: string }, task: Task): Promise<{ closed: boolean }>;
}
