import type { ErrorReport } from './errors.ts';
import type { KeyInfo } from './keys/keyInfo.ts';
import type { ListedMember } from './media/listArchive.ts';
import type { FileChanges, MaskedColumn, TableChange, Warning } from './task.ts';

// What the service answers. Plain data: it crosses a thread.

/** One backup file in the backups folder. */
export interface Backup {
  /** The file's name. */
  file: string;
  /** Absolute path. */
  path: string;
  kind: 'database' | 'media';
  /** The alias in the name; undefined for media or where the name does not tell. */
  database: string | undefined;
  /** The host in the name, where it tells. */
  host: string | undefined;
  /** ISO 8601 in UTC. The name's time in the project's zone; the file's mtime where the name has none. */
  date: string;
  /** Bytes on disk. */
  bytes: number;
  encrypted: boolean;
  compressed: boolean;
  /** What was noted here of the file with this content; absent where nothing was. */
  label?: string;
  note?: string;
  pinned?: boolean;
  /** The last time it was restored into a scratch database, ISO 8601 in UTC, and whether that went well. */
  drill?: { date: string; ok: boolean };
  /** Names of the remotes that it is known to lie on. */
  copies?: string[];
  /** Of the project at that moment. */
  git?: { branch?: string; commit?: string };
}

export interface MadeBackup {
  file: string;
  path: string;
  bytes: number;
  /** Lower-case hex of the whole file. */
  sha256: string;
  encrypted: boolean;
  /** Tables, and rows in all of them; for media, files take the place of rows and tables is 0. */
  tables: number;
  rows: number;
}

export interface BackupAnswer {
  backups: MadeBackup[];
  warnings: Warning[];
  /** What `dbbackup.pruneScheduled` let go of afterwards: file names, `REMOTE: ` before those of a remote. */
  pruned?: string[];
}

export interface RestoreAnswer {
  restored: { file: string; target: string; tables: number; rows: number };
  changes: TableChange[];
  /** Columns that were masked, where that was asked for. */
  masked?: MaskedColumn[];
  /** For media; which ones they are only where nothing was changed (`dryRun`). */
  files?: FileChanges;
  /** Live paths that were restored together with the target. */
  also?: string[];
  /** Id of the undo copy that was kept; null where none was. */
  undo: string | null;
  warnings: Warning[];
}

export interface UndoCopy {
  id: string;
  /** The live path it belongs to. */
  target: string;
  kind: 'database' | 'media';
  /** ISO 8601 in UTC. */
  date: string;
  bytes: number;
  /** What was restored when this copy was kept. */
  before: string;
}

export interface InspectAnswer {
  file: string;
  /** Of a database. */
  tables: { name: string; rows: number }[];
  /** Files, folders and links, of a media backup. */
  members?: MediaMember[];
  encrypted: boolean;
  warnings: Warning[];
}

export type MediaMember = ListedMember;

export interface MediaListing {
  members: MediaMember[];
  encrypted: boolean;
  warnings: Warning[];
}

export interface TakeInAnswer {
  /** Absolute paths of what is new in the backups folder. */
  taken: string[];
  /** Of what was there already, byte for byte. */
  known: string[];
}

export interface ImportAnswer {
  keys: KeyInfo[];
  warnings: Warning[];
}

export interface MessageRecipients {
  file: string;
  recipients: {
    /** 16 hex digits; zeros for a hidden recipient. */
    keyId: string;
    /** Of the key, where it is known. */
    fingerprint?: string;
    userId?: string;
    /** True when its secret half is at hand. */
    secret: boolean;
  }[];
  /** True when a passphrase alone opens it. */
  symmetric: boolean;
  /** True when it can be opened here; hidden recipients count where any secret key is at hand. */
  canOpen: boolean;
}

/** {@link MessageRecipients} of one file among many, or why they cannot be known. */
export type FileOpeners = { path: string } & (
  | (MessageRecipients & { problem?: undefined })
  | { problem: ErrorReport }
);

/** A backup on a remote. */
export interface RemoteCopy {
  file: string;
  kind: Backup['kind'];
  /** The alias in the name; undefined for media or where the name does not tell. */
  database: string | undefined;
  encrypted: boolean;
  bytes: number;
  /** ISO 8601 in UTC. */
  date: string;
  /** True when a backup of this name is in the project's own folder too. */
  local: boolean;
  /** Where the one here has another size: it is not a copy of it. */
  differs?: true;
}

export interface RemoteAnswer {
  /** Where the remote leads, for people. */
  address: string;
  files: RemoteCopy[];
}

export interface PruneAnswer {
  kept: { file: string; why: string[] }[];
  removed: { file: string; why: string; bytes: number; date: string }[];
  /** By how many bytes what is never removed alone exceeds the policy's `maxTotal`. */
  overCap: number;
  /** False where nothing says what to keep: then all is kept. */
  hasPolicy: boolean;
}

/** A warning with what its words are made of, for those who have words of their own. */
export interface HealthProblem extends Warning {
  what?: ScheduledBackup['what'];
  /** ISO 8601 in UTC: of the newest backup, the run or the drill that it speaks of; null where there is none. */
  date?: string | null;
  count?: number;
  file?: string;
  remotes?: string[];
  /** What failed. */
  why?: string;
  /** Names of settings, without `dbbackup.`. */
  settings?: string[];
}

export interface HealthAnswer {
  problems: HealthProblem[];
  /** The newest that is not known to be bad: ISO 8601 in UTC; null where there is none. */
  lastBackup: string | null;
  lastDrill: string | null;
  nextRun: string | null;
  /** What runs: as the system's timer was given it, else by the settings; `words` says when. */
  schedule: (ScheduledBackup & { words: string })[];
  timerInstalled: boolean;
  /** Where the system's timer writes what its runs did; null where none has run yet. */
  timerLog: string | null;
  /** When scheduled backups should have been made that were not, of each entry the last 60. */
  missed: { what: ScheduledBackup['what']; date: string }[];
  /** Of each remote: how many of the backups are known to lie there, and when the newest of them was made. */
  copies: { remote: string; backups: number; newest: string | null }[];
  /** On the disk of the backups folder; null where that cannot be known. */
  freeBytes: number | null;
}

export interface CompareAnswer {
  file: string;
  target: string;
  tables: (TableChange & { added: number; removed: number; changed: number })[];
  /** Whether columns, indexes, views and triggers are the same, too. */
  sameSchema: boolean;
  warnings: Warning[];
}

/** A backup that comes again. */
export interface ScheduledBackup {
  /** Five fields, as crontab(5) has them. */
  cron: string;
  what: 'database' | 'media' | 'all';
}

export interface ScheduleAnswer {
  /** The system's own timer, or why there is none. */
  timer:
    | { kind: 'crontab' | 'systemd' | 'launchd' | 'taskScheduler' }
    | { kind: 'none'; why: string; hint: string };
  /** With the expression in words and the next time, ISO 8601 in UTC. */
  schedules: (ScheduledBackup & { words: string; next: string })[];
  /** What stands in the system's timer for this project; null where nothing does. */
  installed: string[] | null;
  /** Where installed runs write what they did. */
  log: string;
  /** True where neither settings nor timer say anything: the schedule is the one that would be installed. */
  byDefault: boolean;
  /** What somebody who relies on the timer should know. */
  warnings: Warning[];
}

export interface DueAnswer extends BackupAnswer {
  /** When to ask again: ISO 8601 in UTC; null where nothing is scheduled. */
  next: string | null;
}

/** One thing looked at: right, wrong, or (null) not to be seen from here. */
export interface VerifyCheck {
  name: string;
  ok: boolean | null;
  detail: string;
}

export interface VerifyResult {
  file: string;
  path: string;
  /** True where nothing was found wrong. */
  ok: boolean;
  checks: VerifyCheck[];
}
