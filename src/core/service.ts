import type {
  Backup,
  BackupAnswer,
  CompareAnswer,
  DueAnswer,
  FileOpeners,
  HealthAnswer,
  ImportAnswer,
  InspectAnswer,
  MediaListing,
  MessageRecipients,
  PruneAnswer,
  RemoteAnswer,
  RestoreAnswer,
  ScheduleAnswer,
  ScheduledBackup,
  TakeInAnswer,
  UndoCopy,
  VerifyResult,
} from './answers.ts';
import type {
  BackupAsk,
  CryptAsk,
  GenerateKeyAsk,
  GivenFile,
  NotesAsk,
  ProjectAsk,
  PruneAsk,
  RestoreAsk,
  UndoAsk,
} from './asks.ts';
import type { KeyInfo, KeyUse, SubkeyInfo } from './keys/keyInfo.ts';
import type { KeyList } from './keys/listKeys.ts';
import type { LookService } from './look.ts';
import type { EditPlan } from './project/edit/plan.ts';
import type { Project, ProjectRequest } from './project/project.ts';
import type { RemoteTest } from './remotes/remote.ts';
import type { SuggestedRule } from './sqlite/mask/suggest.ts';
import type { Task, Warning } from './task.ts';

export type * from './answers.ts';
export type * from './asks.ts';
export type { EditPlan, KeyInfo, KeyUse, SubkeyInfo, SuggestedRule };

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
