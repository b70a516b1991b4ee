import type { Cell, ChosenRows, Difference, RowsQuery, TableDifference, TableInfo } from '../../core/look.ts';

/** What the data view and the editor say to each other. Only what is on the visible page ever crosses. */
export type { Cell, ChosenRows, Difference, TableDifference, TableInfo };

/** Texts of the view in the user's language; `{0}` stands for what is put in. */
export interface Words {
  tables: string;
  rowsOf: string;
  noRows: string;
  noMatch: string;
  noTables: string;
  range: string;
  first: string;
  previous: string;
  next: string;
  last: string;
  filter: string;
  filterIn: string;
  allColumns: string;
  rowNumber: string;
  key: string;
  sortHint: string;
  sortedUp: string;
  sortedDown: string;
  null: string;
  blob: string;
  cut: string;
  valueOf: string;
  close: string;
  bytes: string;
  loading: string;
  retry: string;
  added: string;
  removed: string;
  changed: string;
  was: string;
  becomes: string;
  unchanged: string;
  nothing: string;
  goes: string;
  isNew: string;
  onlyBefore: string;
  onlyAfter: string;
  columnsBefore: string;
  columnsAfter: string;
  byContent: string;
  schemas: string;
  sameSchema: string;
  difference: string;
  tick: string;
  tickAll: string;
  tickNone: string;
  takeBack: string;
  /** What is compared, above all. */
  heading?: string;
}

/** Which rows are looked at. */
export interface View extends RowsQuery {
  offset: number;
}

export type ToView =
  | { type: 'opened'; tables: TableInfo[]; notes: string[]; table?: string; words: Words; language: string }
  | { type: 'select'; table: string }
  | { type: 'rows'; request: number; rows: Cell[][]; total: number }
  | { type: 'cell'; request: number; cell: Cell }
  | { type: 'failed'; request: number; message: string }
  | { type: 'closed'; message: string; retry: string }
  | {
      type: 'compared';
      tables: TableDifference[];
      sameSchema: boolean;
      /** True where rows can be brought back into one of the sides. */
      live: boolean;
      notes: string[];
      words: Words;
      language: string;
    }
  | { type: 'differences'; request: number; rows: Difference[]; total: number }
  | { type: 'difference'; request: number; before?: Cell; after?: Cell };

export type FromView =
  /** `again` where the view was there before: it came back with the window, or was hidden. */
  | { type: 'ready'; again: boolean }
  | { type: 'open' }
  | { type: 'rows'; request: number; view: View }
  | { type: 'cell'; request: number; view: RowsQuery; row: number; column: string }
  | { type: 'schema' }
  | { type: 'takeBack'; chosen: ChosenRows[] }
  | { type: 'differences'; request: number; table: string; offset: number }
  | { type: 'difference'; request: number; table: string; row: number; column: string };

/** Rows on one page. */
export const pageRows = 200;
/** Differences on one page: a changed row takes two lines. */
export const differenceRows = 100;
