import type { ErrorReport } from './errors.ts';
import type { KeyInfo, KeyUse, SubkeyInfo } from './keys/keyInfo.ts';
import type { KeyList } from './keys/listKeys.ts';
import type { LookService } from './look.ts';
import type { ListedMember } from './media/listArchive.ts';
import type { EditPlan } from './project/edit/plan.ts';
import type { Project, ProjectRequest } from './project/project.ts';
import type { RemoteTest } from './remotes/remote.ts';
import type { SuggestedRule } from './sqlite/mask/suggest.ts';
import type { FileChanges, MaskedColumn, TableChange, Task, Warning } from './task.ts';

export type { EditPlan, KeyInfo, KeyUse, SubkeyInfo, SuggestedRule };

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

export interface ProjectAsk {
  project: ProjectRequest;
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

export interface UndoAsk extends ProjectAsk {
  /** The undo copy; the last one where left out. */
  id?: string;
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

/** A file that no path leads to: a browser gives content alone. */
export interface GivenFile {
  name: string;
  data: Uint8Array;
}

export interface TakeInAnswer {
  /** Absolute paths of what is new in the backups folder. */
  taken: string[];
  /** Of what was there already, byte for byte. */
  known: string[];
}

export interface CryptAsk {
  project?: ProjectRequest;
  file: string;
  output?: string;
  recipients?: string[];
}

export interface GenerateKeyAsk {
  name: string;
  email: string;
  comment?: string;
  algorithm: 'rsa4096' | 'ecc';
  /** `never`, or a period as `2y`, `6m`, `30d`. */
  expires: string;
  /** Empty string for none. */
  passphrase: string;
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

export interface PruneAsk extends ProjectAsk {
  dryRun?: boolean;
  /** The name of a remote; the project's own folder where left out. */
  remote?: string;
  /** Of what would go, only these. */
  files?: string[];
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

/** Everything that can be asked of the core. Requests and answers are plain data: they cross a thread. */
export interface Service extends LookService {
  detect(ask: ProjectAsk, task: Task): Promise<Project>;
  list(ask: ProjectAsk, task: Task): Promise<Backup[]>;
  /** The edit that makes keys the project's recipients, where it reads them; nothing is written. */
  planRecipients(ask: ProjectAsk & { recipients: string[] }, task: Task): Promise<EditPlan>;
  /** Makes a planned edit; refuses where the file has changed since. */
  applyPlan(ask: { plan: EditPlan }, task: Task): Promise<{ file: string }>;
  backup(ask: BackupAsk, task: Task): Promise<BackupAnswer>;
  restore(ask: RestoreAsk, task: Task): Promise<RestoreAnswer>;
  undo(ask: UndoAsk, task: Task): Promise<RestoreAnswer>;
  undoCopies(ask: ProjectAsk, task: Task): Promise<UndoCopy[]>;
  /** Deletes the project's undo copies, which are plaintext; asks first. */
  purgeUndo(ask: ProjectAsk, task: Task): Promise<{ removed: string[] }>;
  /** Labels, notes and pins; what is left out stays. */
  noteOnBackups(ask: NotesAsk, task: Task): Promise<Backup[]>;
  deleteBackups(ask: ProjectAsk & { files: string[] }, task: Task): Promise<{ removed: string[] }>;
  inspect(ask: { project?: ProjectRequest; file: string }, task: Task): Promise<InspectAnswer>;
  /** What a media backup holds; nothing is unpacked to disk. */
  listMedia(ask: ProjectAsk & { file: string }, task: Task): Promise<MediaListing>;
  /** One file of a media backup, of at most 64 MiB, by its `storedPath`. */
  readMedia(
    ask: ProjectAsk & { file: string; storedPath: string },
    task: Task,
  ): Promise<{ data: Uint8Array }>;
  /** Writes encrypted backups into one new zip, with a README that says how to open them with gpg, sqlite3 and tar. */
  handOver(
    ask: ProjectAsk & { files: string[]; output: string },
    task: Task,
  ): Promise<{ path: string; bytes: number }>;
  /** Copies backup files, and what is in hand-over files, into the backups folder; nothing is ever replaced. */
  takeIn(ask: ProjectAsk & { files: (string | GivenFile)[] }, task: Task): Promise<TakeInAnswer>;
  encrypt(ask: CryptAsk, task: Task): Promise<{ path: string }>;
  decrypt(ask: CryptAsk, task: Task): Promise<{ path: string }>;
  /** Rules for masking what looks like personal data in a backup, or in the live database where `file` is left out. */
  suggestMask(
    ask: ProjectAsk & { file?: string; database?: string },
    task: Task,
  ): Promise<{ rules: SuggestedRule[] }>;
  /** What a restore of a backup would change in the live database. */
  compare(ask: ProjectAsk & { file: string; database?: string }, task: Task): Promise<CompareAnswer>;
  /** The named backup, all of them, or the newest. */
  verify(
    ask: ProjectAsk & { file?: string; all?: boolean; drill?: boolean },
    task: Task,
  ): Promise<{ results: VerifyResult[] }>;
  /** The remotes of the settings. */
  remotes(ask: ProjectAsk, task: Task): Promise<{ remotes: { name: string; type: string }[] }>;
  remoteList(ask: ProjectAsk & { remote: string }, task: Task): Promise<RemoteAnswer>;
  /** Copies the named backups, or all that are only here. */
  remotePush(ask: ProjectAsk & { remote: string; files?: string[] }, task: Task): Promise<RemoteAnswer>;
  /** Fetches the named backup, or the newest. */
  remotePull(
    ask: ProjectAsk & { remote: string; file?: string },
    task: Task,
  ): Promise<{ address: string; path: string }>;
  /** Deletes the named backups on a remote. The caller has asked. */
  remoteDelete(
    ask: ProjectAsk & { remote: string; files: string[] },
    task: Task,
  ): Promise<{ removed: string[] }>;
  remoteTest(ask: ProjectAsk & { remote: string }, task: Task): Promise<RemoteTest>;
  /** Names of the user's rclone, without their colons. Throws remote-failed where there is no rclone. */
  rcloneRemotes(ask: ProjectAsk, task: Task): Promise<{ remotes: string[] }>;
  prune(ask: PruneAsk, task: Task): Promise<PruneAnswer>;
  /** @param ask with the language that schedules are put into words in */
  health(ask: ProjectAsk & { language?: string }, task: Task): Promise<HealthAnswer>;
  schedules(ask: ProjectAsk & { language?: string }, task: Task): Promise<ScheduleAnswer>;
  /** Writes the system's own timer after showing it; the settings are frozen as they are now. */
  installSchedules(
    ask: ProjectAsk & {
      /** Those of the settings, or every midnight, where left out. */
      schedules?: ScheduledBackup[];
      /** Our command line's file, and the programs that can run it, tried in order. */
      runner: { cli: string; runtimes: { path: string; electron: boolean }[] };
      language?: string;
    },
    task: Task,
  ): Promise<ScheduleAnswer>;
  removeSchedules(ask: ProjectAsk, task: Task): Promise<{ removed: string[] }>;
  /** Makes a scheduled backup with the settings that its installation froze, and notes how it ended. */
  runScheduled(
    ask: { folder: string; frozen: string; what: ScheduledBackup['what'] },
    task: Task,
  ): Promise<BackupAnswer>;
  /** Makes the scheduled backups whose time has come, unless the system's timer has; for whoever stays running. */
  runDue(ask: ProjectAsk, task: Task): Promise<DueAnswer>;
  /** Drills the newest backup where `drillEveryDays` have passed; null where nothing was to be done. */
  drillDue(ask: ProjectAsk, task: Task): Promise<VerifyResult | null>;
  /** Those of the keyring and of GnuPG, with warnings where one of the two cannot be read whole. */
  listKeys(ask: Record<string, never>, task: Task): Promise<KeyList>;
  /**
   * The keys that recipients stand for, of our keyring or GnuPG's; all of them can be encrypted to.
   * Throws unknown-recipient, ambiguous-recipient, expired-recipient, revoked-recipient, sign-only-recipient.
   */
  recipientKeys(ask: { names: string[] }, task: Task): Promise<KeyInfo[]>;
  /** One key of our keyring. Throws no-such-file, ambiguous-recipient. */
  keyNamed(ask: { key: string }, task: Task): Promise<KeyInfo>;
  generateKey(ask: GenerateKeyAsk, task: Task): Promise<KeyInfo>;
  /** Keys as text (armored) or bytes, several allowed in one. */
  importKeys(ask: { data: Uint8Array }, task: Task): Promise<ImportAnswer>;
  /** A key of GnuPG's keyring, into ours; its secret half stays under its passphrase. */
  importFromGnuPG(ask: { key: string; secret: boolean }, task: Task): Promise<ImportAnswer>;
  /** A key of our keyring, into GnuPG's. Throws not-for-gnupg, no-secret-key. */
  exportToGnuPG(ask: { key: string; secret: boolean }, task: Task): Promise<KeyInfo>;
  /** Removes a key from the keyring, secret half and all. The caller has asked. */
  deleteKey(ask: { key: string }, task: Task): Promise<KeyInfo>;
  revokeKey(ask: { key: string }, task: Task): Promise<KeyInfo>;
  /** `expires` is `never` or a period from now. */
  extendKey(ask: { key: string; expires: string }, task: Task): Promise<KeyInfo>;
  /** Asks for the present passphrase; the new one may be empty. */
  changePassphrase(ask: { key: string; passphrase: string }, task: Task): Promise<KeyInfo>;
  /** Which keys a message is encrypted to, from its head alone, and whether one of them is at hand. */
  recipientsOf(ask: { file: string }, task: Task): Promise<MessageRecipients>;
  /** The same for many files, in their order; a file that has not changed since is not read again. */
  whoCanOpen(ask: { files: string[] }, task: Task): Promise<FileOpeners[]>;
  /** The files that nothing else at hand opens, were our copy of a key gone. */
  closedWithout(ask: { files: string[]; key: string }, task: Task): Promise<string[]>;
  /** Whether a passphrase opens a secret key of our keyring. Throws no-secret-key where it has none. */
  checkPassphrase(ask: { key: string; passphrase: string }, task: Task): Promise<{ right: boolean }>;
  /** Encrypts files anew in place, to other recipients (the project's where left out). */
  reencrypt(
    ask: { project?: ProjectRequest; files: string[]; recipients?: string[] },
    task: Task,
  ): Promise<{ paths: string[] }>;
  /** A secret key with all that it takes to use it without this program: as text, and as a page to print. */
  recoveryKit(ask: { key: string }, task: Task): Promise<{ text: string; page: string; fingerprint: string }>;
  /** Armored text. */
  exportKey(
    ask: { key: string; secret: boolean },
    task: Task,
  ): Promise<{ armored: string; fingerprint: string; warnings: Warning[] }>;
  /** Once a copy of the secret half, or its kit, is safely written: the key is no longer `neverExported`. */
  noteExported(ask: { key: string }, task: Task): Promise<null>;
}
