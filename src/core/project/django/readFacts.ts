import { BackupError } from '../../errors.ts';
import type { Findings, Found } from '../finding.ts';
import type { Database, ProjectSettings } from '../project.ts';
import type { Drafts } from '../python/files.ts';
import { syntaxProblem } from '../python/machine.ts';
import { isInside } from '../trust.ts';
import { databasesOf } from './databases.ts';
import { FactReader } from './facts.ts';
import type { DjangoStart } from './findSettings.ts';
import { backupsFolderOf, installedApps, mediaRootOf, usesDbbackup } from './folders.ts';
import { dateFormatOf, formatOf, hostnameOf, templateOf, timeZoneOf } from './names.ts';
import { type DjangoSettings, readDjangoSettings } from './settings.ts';

/** What a Django project's settings say of its backups. */
export interface DjangoFacts {
  databases: Found<Found<Database>[]>;
  mediaRoot: Found<string> | undefined;
  backupsFolder: Found<string> | undefined;
  recipients: Found<string[]> | undefined;
  timeZone: Found<string>;
  hostname: Found<string> | undefined;
  filenameTemplate: Found<string> | undefined;
  mediaFilenameTemplate: Found<string> | undefined;
  dateFormat: Found<string> | undefined;
  format: Found<'dump' | 'snapshot'> | undefined;
  keep: Found<number> | undefined;
  keepMedia: Found<number> | undefined;
  installedApps: string[] | undefined;
}

interface Ask {
  /** What is set here is not asked of Django, and nothing is said about it. */
  settings: ProjectSettings;
  root: string;
  environment: NodeJS.ProcessEnv;
  /** The project's django-dbbackup. */
  version: string | undefined;
  drafts: Drafts | undefined;
  findings: Findings;
}

/**
 * Reads a Django project's settings; undefined where there is no Django project.
 * @throws BackupError settings-unreadable, where the database cannot be known without them
 */
export async function readDjangoFacts(start: DjangoStart, ask: Ask): Promise<DjangoFacts | undefined> {
  const { settings, findings, version } = ask;
  const django = await readSettings(start, ask);
  if (!django) return undefined;
  const reader = new FactReader(django, findings);
  const hasDatabases = settings.databases !== undefined;
  if (!hasDatabases) requireDatabases(django, findings);
  const facts: DjangoFacts = {
    databases: (hasDatabases ? undefined : databasesOf(reader)) ?? {
      value: [],
      source: { kind: 'file', path: django.path, line: 1 },
    },
    mediaRoot: settings.mediaRoot ? undefined : mediaRootOf(reader),
    backupsFolder: settings.folder ? undefined : backupsFolderOf(reader, version),
    recipients: settings.recipients
      ? undefined
      : reader.texts('DBBACKUP_GPG_RECIPIENT', 'Set dbbackup.recipients.'),
    timeZone: timeZoneOf(reader),
    hostname: hostnameOf(reader),
    filenameTemplate: templateOf(reader, 'DBBACKUP_FILENAME_TEMPLATE'),
    mediaFilenameTemplate: templateOf(reader, 'DBBACKUP_MEDIA_FILENAME_TEMPLATE'),
    dateFormat: dateFormatOf(reader),
    format: settings.format ? undefined : formatOf(reader, version),
    keep: reader.count('DBBACKUP_CLEANUP_KEEP', 'All backups are kept.'),
    keepMedia: reader.count('DBBACKUP_CLEANUP_KEEP_MEDIA', 'All backups are kept.'),
    installedApps: installedApps(reader),
  };
  sayDoubts(django, findings);
  if (!settings.folder && !facts.backupsFolder) sayNoLocation(reader, version);
  return facts;
}

async function readSettings(start: DjangoStart, ask: Ask): Promise<DjangoSettings | undefined> {
  try {
    return await readDjangoSettings(start, ask.root, ask.environment, ask.drafts);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    // An example somewhere below must not keep a folder from its own databases.
    const canGoOn = ask.settings.databases || !isInside(ask.root, start.folder);
    if (!canGoOn) throw error;
    ask.findings.warn(error.code, error.message, error.hint);
    return undefined;
  }
}

/** Where the file is no Python and DATABASES is not in what was understood, there is nothing to go on with. */
function requireDatabases(django: DjangoSettings, findings: Findings): void {
  const problem = django.doubts.find(({ why }) => why === syntaxProblem);
  const databases = django.get('DATABASES')?.value;
  const isBroken = databases?.type === 'unknown' && databases.why === syntaxProblem;
  if (!problem || (databases && !isBroken)) return;
  throw new BackupError(
    'settings-unreadable',
    `${findings.place(problem.at)}: ${problem.why}, and no DATABASES was found.`,
    'Correct the file, or name the database in the setting dbbackup.databases.',
  );
}

const factNames = ['DATABASES', 'MEDIA_ROOT', 'TIME_ZONE', 'DBBACKUP_GPG_RECIPIENT'];

function sayDoubts(django: DjangoSettings, findings: Findings): void {
  const absent = factNames.filter((name) => !django.get(name));
  for (const { why, at } of django.doubts) {
    const all = absent.length === 0 && django.incomplete && why !== syntaxProblem;
    if (all) continue;
    const missing = absent.length > 0 ? ` Not found: ${absent.join(', ')}.` : '';
    findings.warn(
      'settings-incomplete',
      `Some settings may not have been read: ${why} (${findings.place(at)}).${missing}`,
      'Check what dbbackup detect shows; what is missing can be named in the dbbackup settings.',
    );
  }
}

function sayNoLocation(reader: FactReader, version: string | undefined): void {
  if (version === undefined && !usesDbbackup(reader)) return;
  if (reader.findings.warnings.some(({ code }) => code === 'backups-elsewhere')) return;
  reader.findings.warn(
    'backups-location-unset',
    "The settings name no folder for backups, so django-dbbackup puts them into MEDIA_ROOT, from where they are served. Those made here go to backups in the project's folder.",
    'Set the location of its storage in the settings, or dbbackup.folder.',
  );
}
