import type { NewKey } from './keys/newKey.ts';
import type { ProjectRequest } from './project/project.ts';

// What the service is asked with. Plain data: it crosses a thread.

export interface ProjectAsk {
  project: ProjectRequest;
}

export interface NotesAsk extends ProjectAsk {
  /** Of the project's backups folder. */
  files: string[];
  /** One line; empty for none. */
  label?: string;
  /** Empty for none. */
  note?: string;
  /** Pinned backups are never removed by retention. */
  pinned?: boolean;
}

export interface BackupAsk extends ProjectAsk {
  /** `all` makes database and media with one timestamp. */
  what: 'database' | 'media' | 'all';
  /** Aliases; all of the project's where left out. */
  databases?: string[];
  /** Overrides the project's recipients. */
  recipients?: string[];
  /** True demands encryption, false is the only way to a plain backup besides the setting. */
  encrypt?: boolean;
  /** Also gzip (`.dump.gz`); `.dump.gpg` is compressed inside its message without it. */
  compress?: boolean;
  format?: 'dump' | 'snapshot';
  archive?: 'tar' | 'zip';
  sign?: string;
  /** A file to write instead of a name in the backups folder. */
  output?: string;
}

export interface RestoreAsk extends ProjectAsk {
  /** Absolute path of the backup; the newest one where left out. */
  file?: string;
  what: 'database' | 'media' | 'all';
  /** The alias to restore into. */
  database?: string;
  /** A new file to make instead of the live database; an existing one is refused. */
  into?: string;
  dryRun?: boolean;
  undo?: boolean;
  /**
   * Replaces personal data by the rules of `dbbackup.mask` before anything live sees the rows. False says that it is meant
   * to stay; left out, the answer warns where there are rules.
   */
  mask?: boolean;
  /** How media meets what is there (default `replace`). */
  mode?: 'add' | 'replace' | 'mirror';
  /** For media: only this file, or what is in this folder, relative to the media root. Not with `mirror`. */
  only?: string;
}

export interface UndoAsk extends ProjectAsk {
  /** The undo copy; the last one where left out. */
  id?: string;
}

/** A file that no path leads to: a browser gives content alone. */
export interface GivenFile {
  name: string;
  data: Uint8Array;
}

export interface CryptAsk {
  project?: ProjectRequest;
  file: string;
  output?: string;
  recipients?: string[];
}

/** A key to be made. */
export type GenerateKeyAsk = NewKey;

export interface PruneAsk extends ProjectAsk {
  dryRun?: boolean;
  /** The name of a remote; the project's own folder where left out. */
  remote?: string;
  /** Of what would go, only these. */
  files?: string[];
}
