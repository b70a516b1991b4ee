import type { ProjectRequest } from './project/project.ts';
import type { RestoreAnswer } from './service.ts';
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

/** A table of one or both sides of a comparison. */
export interface TableDifference {
  name: string;
  /** The columns that are compared; where one side alone has the table, its columns. */
  columns: string[];
  /** What tells rows apart; empty where all that is in them does. */
  key: string[];
  /** Null where this side has no such table. */
  rowsBefore: number | null;
  rowsAfter: number | null;
  added: number;
  removed: number;
  changed: number;
  /** Columns that one side alone has: they are not compared. */
  columnsBefore: string[];
  columnsAfter: string[];
}

/** A row that is not the same on both sides, with what it has on each. */
export type Difference =
  | { kind: 'added'; after: Cell[] }
  | { kind: 'removed'; before: Cell[] }
  /** `changed` are positions in the table's columns. */
  | { kind: 'changed'; before: Cell[]; after: Cell[]; changed: number[] };

export interface OpenedComparison {
  id: string;
  /** Absolute paths of the files that were compared. */
  before: string;
  after: string;
  tables: TableDifference[];
  /** The two schemas as text. */
  schema: { before: string; after: string };
  warnings: Warning[];
}

/** Rows of a table's differences, by their positions among them. */
export interface ChosenRows {
  table: string;
  rows: number[] | 'all';
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
  /** What is in it as SQL, in the form that this program writes; the first part where it is more than `most` bytes. */
  readSql(ask: { id: string; most: number }, task: Task): Promise<{ text: string; cut: boolean }>;
  closeBackup(ask: { id: string }, task: Task): Promise<{ closed: boolean }>;
  /**
   * Compares the live database (where `before` is left out) or a backup with a backup, row by row, and keeps both open.
   * @throws BackupError as openBackup; no-such-database
   */
  openComparison(
    ask: { project: ProjectRequest; before?: string; after: string; database?: string },
    task: Task,
  ): Promise<OpenedComparison>;
  /** Rows of one table that differ, in the order of its key. @throws BackupError not-open, no-such-table */
  readDifferences(
    ask: { id: string; table: string; offset: number; limit: number },
    task: Task,
  ): Promise<{ rows: Difference[]; total: number }>;
  /** One column of a row that differs, whole, to a limit of 4 MiB a side; `row` counts from 0 among those. */
  readDifference(
    ask: { id: string; table: string; row: number; column: string },
    task: Task,
  ): Promise<{ before?: Cell; after?: Cell }>;
  /**
   * Brings chosen rows of a backup back into the live database that it was compared with; asks first, keeps an undo copy.
   * @param ask.withParents brings along rows that the chosen ones refer to and that are not there
   * @throws BackupError changed-meanwhile, row-refused, parents-missing, not-open; as a restore
   */
  takeBack(
    ask: { project: ProjectRequest; id: string; chosen: ChosenRows[]; withParents?: boolean },
    task: Task,
  ): Promise<RestoreAnswer>;
  closeComparison(ask: { id: string }, task: Task): Promise<{ closed: boolean }>;
}
