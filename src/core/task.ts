/** What a running piece of work shares with whoever asked for it: progress out, cancellation and answers in. */

export type Phase =
  | 'reading'
  | 'writing'
  | 'proving'
  | 'decoding'
  | 'checking'
  | 'masking'
  | 'comparing'
  | 'waiting'
  | 'keeping-undo'
  | 'committing'
  | 'copying'
  | 'generating-key';

export interface Progress {
  phase: Phase;
  /** Work done so far, in `unit`. */
  done?: number;
  /** All of it, where known. */
  total?: number;
  unit?: 'bytes' | 'rows' | 'files';
  /** What is being worked on: a table, a file. */
  item?: string;
}

/** Something the user should hear that did not stop the work. */
export interface Warning {
  code: string;
  message: string;
  hint?: string;
}

export interface PassphraseQuestion {
  /** `key` unlocks a secret key, `message` opens a file encrypted with a passphrase alone, `remote` logs in somewhere. */
  kind: 'key' | 'message' | 'remote';
  /** Whose key, `Name <mail>`, or whose login; absent for a message. */
  userId?: string;
  /** 40 hex digits, upper case; absent for a message. */
  fingerprint?: string;
  /** For `remote`: what is asked for, and whose it is. The same login has the same subject, whatever the remote is called. */
  login?: { remote: string; kind: 'password' | 'key-passphrase' | 'rclone-config'; subject: string };
  /** 1 at first, then one more for each wrong answer. */
  attempt: number;
}

/** One table as it stands and as it would stand. Counts are rows. */
export interface TableChange {
  name: string;
  rowsNow: number | null;
  rowsAfter: number | null;
  added?: number;
  removed?: number;
  changed?: number;
}

/** A column whose values are replaced while a backup is restored. */
export interface MaskedColumn {
  table: string;
  column: string;
  /** A kind of `dbbackup.mask`, or `fixed`. */
  kind: string;
  /** Rows of the table. */
  rows: number;
}

/** What happens to media files: how many of each. */
export interface FileChanges {
  added: number;
  replaced: number;
  removed: number;
  /** Which, below the media root, for whoever wants to see it first; of each kind the first 10,000. */
  paths?: Record<'added' | 'replaced' | 'removed', string[]>;
}

/** Shown before anything live is replaced. */
export interface ConfirmQuestion {
  action: 'restore' | 'restore-media' | 'undo' | 'prune' | 'delete' | 'trust' | 'schedule';
  /** What will be replaced: a path, or what is asked to be trusted. */
  target: string;
  /** What it will be replaced by. */
  from: string;
  tables: TableChange[];
  /** For `trust`: a server that shows a key that is not known yet. */
  host?: { remote: string; host: string; keyType: string; fingerprint: string };
  /** Only chosen rows change, or chosen tables. */
  part?: 'rows' | 'tables';
  /** Columns that have been masked in what is put in. */
  masked?: MaskedColumn[];
  /** For media. */
  files?: FileChanges;
  /** The media root, where its files change together with a database. */
  also?: string;
  warnings: Warning[];
}

/** How the core asks people. Without a terminal or an editor nothing is asked: every method answers "no". */
export interface Asker {
  /** True where somebody reads what a confirmation shows: changes are then compared row by row, not only counted. */
  readonly detailed?: boolean;
  /** The passphrase, or undefined when there is none to be had. */
  passphrase(question: PassphraseQuestion): Promise<string | undefined>;
  confirm(question: ConfirmQuestion): Promise<boolean>;
}

export interface Task {
  readonly signal: AbortSignal;
  readonly ask: Asker;
  report(progress: Progress): void;
}

/** A task whose questions about a database show the media files, too, that change together with it. */
export function withMediaShown(task: Task, also: string, files: ConfirmQuestion['files']): Task {
  const confirm = (question: ConfirmQuestion) =>
    task.ask.confirm({ ...question, also, ...(files ? { files } : {}) });
  return { signal: task.signal, report: task.report.bind(task), ask: { ...task.ask, confirm } };
}

/** Streams of bytes are pulled: whoever writes sets the pace, so nothing piles up in memory. */
export type Bytes = AsyncIterable<Uint8Array>;
