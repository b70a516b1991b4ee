import { hostname } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { checkBackupsFolder, checkMediaRoot } from './checks.ts';
import { dbbackupVersion } from './dbbackupVersion.ts';
import { type DjangoStart, findManage, moduleInConfiguration } from './django/findSettings.ts';
import type { DjangoFacts } from './django/readFacts.ts';
import { findDatabases } from './findDatabases.ts';
import { Findings, type Found } from './finding.ts';
import {
  type CheckedSettings,
  checkSettings,
  findSettingsRoot,
  readFolderSettings,
} from './folderSettings.ts';
import { cleanHostname } from './hostname.ts';
import type { Database, Project, ProjectRequest, ProjectSettings, Source } from './project.ts';
import type { Drafts } from './python/files.ts';

export interface DetectOptions {
  environment: NodeJS.ProcessEnv;
  signal: AbortSignal;
  /** What the project would have after an edit. */
  drafts?: Drafts;
}

/** Where a project is, and where its Django starts. */
export interface ProjectPlace {
  root: string;
  start: DjangoStart | undefined;
  /** Of the request, or of the folder's `.vscode/settings.json`. */
  settings: ProjectSettings;
  findings: Findings;
}

/**
 * What a project has: settings first, then what its own files say, then what is usual. Nothing of the project is run.
 * @throws BackupError settings-unreadable
 */
export async function detectProject(request: ProjectRequest, options: DetectOptions): Promise<Project> {
  const { environment, signal, drafts } = options;
  const { root, start, settings, findings } = await findProject(request, options);
  const chooser = new Chooser(settings, root, environment);
  const version = await dbbackupVersion([start?.folder ?? root, root]);
  const django = await readDjango(start, {
    settings,
    root,
    environment,
    drafts,
    version: version?.value,
    findings,
  });
  sayOthers(start, findings);

  const backupsFolder = chooser.path('backupsFolder', 'folder', django?.backupsFolder, {
    value: join(root, 'backups'),
    source: { kind: 'default', why: "backups in the project's folder" },
  });
  const mediaRoot = checkMediaRoot(
    chooser.path('mediaRoot', 'mediaRoot', django?.mediaRoot, undefined),
    { root, cwd: start?.folder ?? root, environment },
    findings,
  );
  const databases = await chooser.databases(django?.databases, () =>
    findDatabases(root, backupsFolder, signal),
  );
  const project: Project = {
    root,
    django: django !== undefined,
    managePath: start?.managePath,
    installedApps: django?.installedApps,
    databases,
    mediaRoot,
    backupsFolder,
    recipients: chooser.take('recipients', 'recipients', django?.recipients, usual([], 'none is set')),
    encrypt: chooser.take('encrypt', 'encrypt', undefined, usual(true, 'always, unless told otherwise')),
    timeZone: chooser.take('timeZone', undefined, django?.timeZone, usual(systemZone(), "this machine's")),
    hostname: chooser.take(
      'hostname',
      undefined,
      django?.hostname,
      usual(cleanHostname(hostname()), "this machine's"),
    ),
    filenameTemplate: chooser.take(
      'filenameTemplate',
      undefined,
      django?.filenameTemplate,
      usual('{databasename}-{servername}-{datetime}.{extension}', "django-dbbackup's"),
    ),
    mediaFilenameTemplate: chooser.take(
      'mediaFilenameTemplate',
      undefined,
      django?.mediaFilenameTemplate,
      usual('{servername}-{datetime}.{extension}', "django-dbbackup's"),
    ),
    dateFormat: chooser.take(
      'dateFormat',
      undefined,
      django?.dateFormat,
      usual('%Y-%m-%d-%H%M%S', "django-dbbackup's"),
    ),
    format: chooser.take('format', 'format', django?.format, usual('dump', 'what gpg and sqlite3 open too')),
    archive: chooser.take('archive', 'archive', undefined, usual('tar', 'what mediarestore reads')),
    dbbackupVersion: chooser.optional('dbbackupVersion', version),
    keep: chooser.optional('keep', django?.keep),
    keepMedia: chooser.optional('keepMedia', django?.keepMedia),
    settings,
    sources: chooser.sources,
    warnings: findings.warnings,
  };
  await checkBackupsFolder(project, environment, findings, signal);
  return project;
}

/** Finds the project that a request means, and reads the folder's own settings. @throws BackupError settings-unreadable */
export async function findProject(
  request: ProjectRequest,
  { environment, signal }: DetectOptions,
): Promise<ProjectPlace> {
  const folder = resolve(request.folder);
  // The editor trusts the folder it opened, and no other; the command line may stand anywhere in a project.
  const inEditor = request.settings !== undefined;
  const manage = await findManage(folder, !inEditor, signal);
  const root = inEditor ? folder : await findRoot(folder, manage);
  const { settings, warnings } = await settingsOf(request, root);
  const findings = new Findings(root);
  findings.warnings.push(...warnings);
  return { root, start: manage ?? (await startWithoutManage(root, environment)), settings, findings };
}

/** The project's folder for somebody who stands in it: where its settings are kept, or manage.py lies. */
async function findRoot(folder: string, start: DjangoStart | undefined): Promise<string> {
  const withSettings = await findSettingsRoot(folder);
  if (withSettings !== undefined) return withSettings;
  return start && folder.startsWith(start.folder) ? start.folder : folder;
}

async function settingsOf({ settings }: ProjectRequest, root: string): Promise<CheckedSettings> {
  return settings ? checkSettings({ ...settings }) : readFolderSettings(root);
}

type ReadFacts = Parameters<typeof import('./django/readFacts.ts').readDjangoFacts>[1];

/** The evaluator and its grammar are loaded for Django projects only. */
async function readDjango(start: DjangoStart | undefined, ask: ReadFacts): Promise<DjangoFacts | undefined> {
  if (!start) return undefined;
  const { readDjangoFacts } = await import('./django/readFacts.ts');
  return readDjangoFacts(start, ask);
}

async function startWithoutManage(
  root: string,
  environment: NodeJS.ProcessEnv,
): Promise<DjangoStart | undefined> {
  const isNamed = environment.DJANGO_SETTINGS_MODULE || (await moduleInConfiguration(root));
  return isNamed ? { folder: root, managePath: undefined, others: [] } : undefined;
}

function sayOthers(start: DjangoStart | undefined, findings: Findings): void {
  if (!start?.managePath || start.others.length === 0) return;
  const others = start.others.map((path) => findings.path(path)).join(', ');
  findings.warn(
    'several-projects',
    `There are several Django projects here: ${findings.path(start.managePath)} is used, not ${others}.`,
    'Open the folder of the one you mean, or name it with --project.',
  );
}

function usual<T>(value: T, why: string): Found<T> {
  return { value, source: { kind: 'default', why } };
}

function systemZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Takes each fact from the first that has it, and keeps its source: a setting, the project, the usual. */
class Chooser {
  readonly sources: Record<string, Source> = {};
  readonly #settings: ProjectSettings;
  readonly #root: string;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(settings: ProjectSettings, root: string, environment: NodeJS.ProcessEnv) {
    this.#settings = settings;
    this.#root = root;
    this.#environment = environment;
  }

  take<T>(
    fact: string,
    setting: keyof ProjectSettings | undefined,
    found: Found<T> | undefined,
    usual: Found<T>,
  ): T {
    const set = setting === undefined ? undefined : (this.#settings[setting] as T | undefined);
    const source: Source = { kind: 'setting', name: `dbbackup.${setting}` };
    const chosen = set === undefined ? (found ?? usual) : { value: set, source };
    this.sources[fact] = chosen.source;
    return chosen.value;
  }

  optional<T>(fact: string, found: Found<T> | undefined): T | undefined {
    if (found) this.sources[fact] = found.source;
    return found?.value;
  }

  path<T extends Found<string> | undefined>(
    fact: string,
    setting: 'folder' | 'mediaRoot',
    found: Found<string> | undefined,
    usual: T,
  ): string | (T extends undefined ? undefined : never) {
    const text = this.#settings[setting];
    if (text) {
      this.sources[fact] = { kind: 'setting', name: `dbbackup.${setting}` };
      return this.#absolute(text);
    }
    return this.optional(fact, found ?? usual) as string | (T extends undefined ? undefined : never);
  }

  async databases(
    found: Found<Found<Database>[]> | undefined,
    search: () => Promise<Database[]>,
  ): Promise<Database[]> {
    const set = this.#settings.databases;
    if (set) {
      this.sources.databases = { kind: 'setting', name: 'dbbackup.databases' };
      return set.map(({ alias, path }) => ({ alias, path: this.#absolute(path) }));
    }
    if (found) {
      this.sources.databases = found.source;
      for (const { value, source } of found.value) this.sources[`databases.${value.alias}`] = source;
      return found.value.map(({ value }) => value);
    }
    this.sources.databases = { kind: 'found', path: this.#root };
    return search();
  }

  #absolute(text: string): string {
    const home = this.#environment.HOME ?? this.#environment.USERPROFILE ?? '~';
    const spelled = text
      .replace(/\$\{workspaceFolder\}/g, () => this.#root)
      .replace(/^~(?=[/\\]|$)/, () => home);
    return isAbsolute(spelled) ? resolve(spelled) : resolve(this.#root, spelled);
  }
}
