import type { ProjectSettings } from '../core/project/project.ts';

/** Every command, as package.json contributes it; a test compares the two. */
export const commands = {
  backUpDatabase: 'dbbackup.backUpDatabase',
  backUpMedia: 'dbbackup.backUpMedia',
  backUpEverything: 'dbbackup.backUpEverything',
  backUpThenMigrate: 'dbbackup.backUpThenMigrate',
  restoreLatest: 'dbbackup.restoreLatest',
  restoreBackup: 'dbbackup.restoreBackup',
  restoreMedia: 'dbbackup.restoreMedia',
  restoreTables: 'dbbackup.restoreTables',
  restoreMediaFile: 'dbbackup.restoreMediaFile',
  restoreMediaFolder: 'dbbackup.restoreMediaFolder',
  exportRestorePoint: 'dbbackup.exportRestorePoint',
  importRestorePoint: 'dbbackup.importRestorePoint',
  undoLastRestore: 'dbbackup.undoLastRestore',
  undoHistory: 'dbbackup.undoHistory',
  purgeUndo: 'dbbackup.purgeUndo',
  verifyBackup: 'dbbackup.verifyBackup',
  drillBackup: 'dbbackup.drillBackup',
  verifyAll: 'dbbackup.verifyAll',
  revealBackup: 'dbbackup.revealBackup',
  prune: 'dbbackup.prune',
  chooseRetention: 'dbbackup.chooseRetention',
  labelBackup: 'dbbackup.labelBackup',
  noteBackup: 'dbbackup.noteBackup',
  pinBackup: 'dbbackup.pinBackup',
  unpinBackup: 'dbbackup.unpinBackup',
  deleteBackup: 'dbbackup.deleteBackup',
  openBackup: 'dbbackup.openBackup',
  compareWithDatabase: 'dbbackup.compareWithDatabase',
  compareBackups: 'dbbackup.compareBackups',
  openAsSql: 'dbbackup.openAsSql',
  restoreTo: 'dbbackup.restoreTo',
  suggestMaskRules: 'dbbackup.suggestMaskRules',
  createKey: 'dbbackup.createKey',
  importKey: 'dbbackup.importKey',
  exportKey: 'dbbackup.exportKey',
  saveRecoveryKit: 'dbbackup.saveRecoveryKit',
  copyFingerprint: 'dbbackup.copyFingerprint',
  chooseRecipients: 'dbbackup.chooseRecipients',
  changePassphrase: 'dbbackup.changePassphrase',
  extendKey: 'dbbackup.extendKey',
  revokeKey: 'dbbackup.revokeKey',
  deleteKey: 'dbbackup.deleteKey',
  checkPassphrase: 'dbbackup.checkPassphrase',
  reencryptBackups: 'dbbackup.reencryptBackups',
  useForProject: 'dbbackup.useForProject',
  addEscrowRecipient: 'dbbackup.addEscrowRecipient',
  applyEdit: 'dbbackup.applyEdit',
  discardEdit: 'dbbackup.discardEdit',
  chooseDatabase: 'dbbackup.chooseDatabase',
  forgetPassphrases: 'dbbackup.forgetPassphrases',
  encryptFile: 'dbbackup.encryptFile',
  decryptFile: 'dbbackup.decryptFile',
  addRemote: 'dbbackup.addRemote',
  testRemote: 'dbbackup.testRemote',
  copyTo: 'dbbackup.copyTo',
  copyMissing: 'dbbackup.copyMissing',
  fetchBackup: 'dbbackup.fetchBackup',
  fetchAndRestore: 'dbbackup.fetchAndRestore',
  deleteFromRemote: 'dbbackup.deleteFromRemote',
  removeRemote: 'dbbackup.removeRemote',
  refresh: 'dbbackup.refresh',
  openSettings: 'dbbackup.openSettings',
  installSchedule: 'dbbackup.installSchedule',
  removeSchedule: 'dbbackup.removeSchedule',
  showHealth: 'dbbackup.showHealth',
  showLog: 'dbbackup.showLog',
} as const;

export type CommandId = (typeof commands)[keyof typeof commands];

/** What works in Restricted Mode: looking, and nothing that reads a key or a database, or writes. */
export const restrictedModeCommands: ReadonlySet<CommandId> = new Set([
  commands.revealBackup,
  commands.forgetPassphrases,
  commands.refresh,
  commands.openSettings,
  commands.showLog,
]);

/** Of documents that show a planned edit. */
export const editScheme = 'dbbackup-edit';

export const viewContainer = 'dbbackup';

/** What rows of the view *Remotes* are dragged as: their ids, as JSON. */
export const copiesMime = 'application/vnd.dbbackup.copies';

export const views = {
  backups: 'dbbackup.backups',
  remotes: 'dbbackup.remotes',
  keys: 'dbbackup.keys',
} as const;

/** The type of tasks in tasks.json. */
export const taskType = 'dbbackup';

export const submenus = {
  explorer: 'dbbackup.explorer',
} as const;

/** Texts that are in no file. */
export const textScheme = 'dbbackup-text';

/** The view type of comparisons. */
export const comparisonView = 'dbbackup.comparison';

/** The view type of the page *Health*. */
export const healthView = 'dbbackup.healthPage';

export const customEditors = {
  /** On request, for what a text editor or another extension shows, too. */
  data: 'dbbackup.data',
  /** The usual one for encrypted backups of databases, which nothing else can show. */
  encrypted: 'dbbackup.encrypted',
} as const;

/** The names that {@link customEditors.encrypted} is there for. */
const encryptedName = /\.(?:dump|sql|sqlite3)(?:\.gz)?\.(?:gpg|asc|pgp)$/;

/** Which of the two editors shows a backup. */
export function customEditorOf(path: string): string {
  return encryptedName.test(path) ? customEditors.encrypted : customEditors.data;
}

/** Which welcome content an empty view shows. */
export type BackupsState = 'no-folder' | 'no-database' | 'no-key' | 'no-backups' | 'failed' | 'filled';

export const contextKeys = {
  /** A {@link BackupsState}. */
  backupsState: 'dbbackup.backupsState',
  /** Paths, as `resourcePath` names them. */
  backupsFolders: 'dbbackup.backupsFolders',
  /** Known to be so: a view that is still being read is empty, too. */
  noRemotes: 'dbbackup.noRemotes',
  noKeys: 'dbbackup.noKeys',
  /** Whether there is a `manage.py`. */
  hasManage: 'dbbackup.hasManage',
  /** Set once each, for the walkthrough's steps. */
  hasKey: 'dbbackup.hasKey',
  hasRestored: 'dbbackup.hasRestored',
  hasCopies: 'dbbackup.hasCopies',
  isScheduled: 'dbbackup.isScheduled',
} as const;

/** `contextValue` of tree items: a kind, then words that menus look for. */
export const itemKinds = {
  folder: 'folder',
  points: 'points',
  point: 'point',
  group: 'group',
  backup: 'backup',
  mediaFolder: 'mediaFolder',
  mediaFile: 'mediaFile',
  note: 'note',
  table: 'table',
  key: 'key',
  remote: 'remote',
  copy: 'copy',
  problem: 'problem',
} as const;

export const configurationSection = 'dbbackup';

interface Setting {
  default: unknown;
  /** A folder's own value counts only once the folder is trusted. */
  restricted: boolean;
}

/** The settings that a project's folder can carry, without their section. */
export const settings = {
  databases: { default: [], restricted: true },
  folder: { default: '', restricted: true },
  mediaRoot: { default: '', restricted: true },
  recipients: { default: [], restricted: true },
  encrypt: { default: true, restricted: true },
  sign: { default: '', restricted: true },
  requireSignature: { default: false, restricted: true },
  remindPassphrase: { default: false, restricted: false },
  confirmRestore: { default: true, restricted: true },
  format: { default: 'dump', restricted: false },
  archive: { default: 'tar', restricted: false },
  remotes: { default: [], restricted: true },
  copyTo: { default: [], restricted: true },
  schedule: { default: [], restricted: true },
  retention: { default: {}, restricted: false },
  mask: { default: {}, restricted: true },
  runSchedule: { default: true, restricted: false },
  pruneScheduled: { default: false, restricted: true },
  drillEveryDays: { default: 0, restricted: false },
  limits: { default: {}, restricted: true },
} as const satisfies Partial<Record<keyof ProjectSettings, Setting>>;

export type SettingName = keyof typeof settings;
