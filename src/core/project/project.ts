import type { Warning } from '../task.ts';

/** Where a fact was found, so that people can go and change it. Lines count from 1. */
export type Source =
  | { kind: 'flag'; name: string }
  | { kind: 'setting'; name: string }
  | { kind: 'file'; path: string; line: number }
  | { kind: 'environment'; name: string }
  | { kind: 'found'; path: string }
  | { kind: 'default'; why: string };

export interface Database {
  /** The DATABASES alias (`default`); for a project without Django the file name without its extension. */
  alias: string;
  /** Absolute path of the SQLite file. */
  path: string;
}

/** What this workspace has. Every fact has its source under the same name in `sources`. */
export interface Project {
  /** Absolute path of the project's folder. */
  root: string;
  django: boolean;
  /** Absolute path of `manage.py`; undefined where there is none. */
  managePath: string | undefined;
  /** Django's `INSTALLED_APPS`, as written; undefined where not all of it is known. */
  installedApps: string[] | undefined;
  databases: Database[];
  /** Absolute; undefined where the project has none. */
  mediaRoot: string | undefined;
  /** Absolute; it may not exist yet. */
  backupsFolder: string;
  /** As written: e-mail addresses, key ids, fingerprints. Resolved against keyrings by the keys room. */
  recipients: string[];
  /** True when backups are meant to be encrypted (a recipient setting exists, the setting says so, or nothing was said). */
  encrypt: boolean;
  /** IANA name: the zone of the time in file names. */
  timeZone: string;
  hostname: string;
  /** Templates and date format of file names, as django-dbbackup reads them (facts/django-dbbackup.md, 1). */
  filenameTemplate: string;
  mediaFilenameTemplate: string;
  dateFormat: string;
  /** `dump` or `snapshot`. */
  format: 'dump' | 'snapshot';
  archive: 'tar' | 'zip';
  /** Major and minor of the project's django-dbbackup where requirements or an installation tell, as `5.1`. */
  dbbackupVersion: string | undefined;
  /** DBBACKUP_CLEANUP_KEEP and _KEEP_MEDIA where the project sets them. */
  keep: number | undefined;
  keepMedia: number | undefined;
  /** The folder's own settings, validated, for the rooms that read them (remotes, schedule, retention, mask, sign, copyTo). */
  settings: ProjectSettings;
  sources: Record<string, Source>;
  /** What could not be evaluated (with file and line), backups inside the media root, a folder that git tracks, … */
  warnings: Warning[];
}

/** `dbbackup.*` of `.vscode/settings.json`, or of the editor. Unknown and ill-typed values are reported as warnings, never guessed. */
export interface ProjectSettings {
  databases?: { alias: string; path: string }[];
  folder?: string;
  mediaRoot?: string;
  recipients?: string[];
  encrypt?: boolean;
  sign?: string;
  requireSignature?: boolean;
  /** Whether the editor asks once a year if a key's passphrase is still known. */
  remindPassphrase?: boolean;
  /** Whether the editor says what a restore would change, and asks, before it. */
  confirmRestore?: boolean;
  format?: 'dump' | 'snapshot';
  archive?: 'tar' | 'zip';
  remotes?: Record<string, unknown>[];
  copyTo?: string[];
  schedule?: { cron: string; what: 'database' | 'media' | 'all' }[];
  retention?: {
    keepLast?: number;
    daily?: number;
    weekly?: number;
    monthly?: number;
    yearly?: number;
    maxTotal?: string;
  };
  mask?: Record<string, unknown>;
  /** Whether the editor makes scheduled backups while it is open. */
  runSchedule?: boolean;
  /** Whether a scheduled backup lets go of what `retention` no longer keeps. */
  pruneScheduled?: boolean;
  drillEveryDays?: number;
  /** How much a backup may unpack to: in all and as a zip, as sizes; by its own size; and how many files. */
  limits?: { size?: string; ratio?: number; files?: number; zip?: string };
}

export interface ProjectRequest {
  /** The folder to start from. */
  folder: string;
  /** The editor's settings; the command line leaves it out and `.vscode/settings.json` is read instead. */
  settings?: ProjectSettings;
}
