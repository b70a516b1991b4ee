import { hostname } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { findDatabases } from './findDatabases.ts';
import { type CheckedSettings, checkSettings, readFolderSettings } from './folderSettings.ts';
import type { Database, Project, ProjectRequest, Source } from './project.ts';

export interface DetectOptions {
  environment: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

/** Where settings win over what was read from the project, and that over what is usual. */
type Choice<T> = [value: T | undefined, source: Source];

/**
 * What a project has: settings first, then what its own files say, then what is usual. Nothing of the project is run.
 * @throws BackupError settings-unreadable
 */
export async function detectProject(
  request: ProjectRequest,
  { environment, signal }: DetectOptions,
): Promise<Project> {
  const root = resolve(request.folder);
  const { settings, warnings } = await settingsOf(request, root);
  const sources: Record<string, Source> = {};
  const choose = <T>(name: string, ...choices: Choice<T>[]): T | undefined => {
    const chosen = choices.find(([value]) => value !== undefined);
    if (chosen) sources[name] = chosen[1];
    return chosen?.[0];
  };
  const setting = (name: string): Source => ({ kind: 'setting', name: `dbbackup.${name}` });
  const usual = (why: string): Source => ({ kind: 'default', why });
  const path = (text: string | undefined) =>
    text === undefined ? undefined : absolute(text, root, environment);

  const backupsFolder = choose(
    'backupsFolder',
    [path(settings.folder), setting('folder')],
    [join(root, 'backups'), usual('backups in the project')],
  ) as string;
  const named: Database[] | undefined = settings.databases?.map((database) => ({
    ...database,
    path: path(database.path) as string,
  }));
  const databases = choose(
    'databases',
    [named, setting('databases')],
    [named ? undefined : await findDatabases(root, backupsFolder, signal), { kind: 'found', path: root }],
  ) as Database[];
  return {
    root,
    django: false,
    databases,
    mediaRoot: choose('mediaRoot', [path(settings.mediaRoot), setting('mediaRoot')]),
    backupsFolder,
    recipients: choose(
      'recipients',
      [settings.recipients, setting('recipients')],
      [[], usual('none is set')],
    ) as string[],
    encrypt: choose('encrypt', [settings.encrypt, setting('encrypt')], [true, usual('always')]) as boolean,
    timeZone: choose('timeZone', [systemZone(), usual("this machine's")]) as string,
    hostname: choose('hostname', [hostname(), usual("this machine's")]) as string,
    filenameTemplate: '{databasename}-{servername}-{datetime}.{extension}',
    mediaFilenameTemplate: '{servername}-{datetime}.{extension}',
    dateFormat: '%Y-%m-%d-%H%M%S',
    format: settings.format ?? 'dump',
    archive: settings.archive ?? 'tar',
    dbbackupVersion: undefined,
    keep: undefined,
    keepMedia: undefined,
    settings,
    sources,
    warnings,
  };
}

async function settingsOf({ settings }: ProjectRequest, root: string): Promise<CheckedSettings> {
  return settings ? checkSettings({ ...settings }) : readFolderSettings(root);
}

function absolute(text: string, root: string, environment: NodeJS.ProcessEnv): string {
  const spelled = text
    .replace(/\$\{workspaceFolder\}/g, () => root)
    .replace(/^~(?=[/\\]|$)/, environment.HOME ?? environment.USERPROFILE ?? '~');
  return isAbsolute(spelled) ? resolve(spelled) : resolve(root, spelled);
}

function systemZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
