import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  findNodeAtLocation,
  getNodeValue,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import { BackupError } from '../errors.ts';
import { parseSize } from '../files/size.ts';
import type { UnpackLimits } from '../files/unpackLimits.ts';
import type { Warning } from '../task.ts';
import { repositoryFolders } from './django/findSettings.ts';
import type { ProjectSettings } from './project.ts';

const prefix = 'dbbackup.';

type Check = (value: unknown) => boolean;
const isString: Check = (value) => typeof value === 'string';
const isBoolean: Check = (value) => typeof value === 'boolean';
const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value as string);
const withStrings =
  (...keys: string[]): Check =>
  (value) =>
    isObject(value) && keys.every((key) => isString((value as Record<string, unknown>)[key]));

const isWhat = oneOf('database', 'media', 'all');
const isCount: Check = (value) => Number.isInteger(value) && (value as number) >= 0;
const isSize: Check = (value) => typeof value === 'string' && parseSize(value) !== undefined;
export const isRetention = (value: unknown): value is NonNullable<ProjectSettings['retention']> =>
  isObject(value) &&
  Object.entries(value as object).every(([key, limit]) =>
    key === 'maxTotal'
      ? isSize(limit)
      : ['keepLast', 'daily', 'weekly', 'monthly', 'yearly'].includes(key) && isCount(limit),
  );

const isLimits: Check = (value) =>
  isObject(value) &&
  Object.entries(value as object).every(([key, limit]) =>
    key === 'size' || key === 'zip'
      ? isSize(limit)
      : ['ratio', 'files'].includes(key) && isCount(limit) && limit > 0,
  );

/** What `dbbackup.limits` says, in bytes and numbers. */
export function unpackLimits({ limits = {} }: Pick<ProjectSettings, 'limits'>): Partial<UnpackLimits> {
  const { size, ratio, files: entries, zip } = limits;
  const all = { bytes: parseSize(size ?? ''), ratio, entries, zipBytes: parseSize(zip ?? '') };
  return Object.fromEntries(Object.entries(all).filter(([, limit]) => limit !== undefined));
}

/** What each setting must be, in words and as a test. */
const shapes: Record<keyof ProjectSettings, [string, Check]> = {
  databases: ['a list of { "alias", "path" }', listOf(withStrings('alias', 'path'))],
  folder: ['a path', isString],
  mediaRoot: ['a path', isString],
  recipients: ['a list of texts', listOf(isString)],
  encrypt: ['true or false', isBoolean],
  sign: ['a text', isString],
  requireSignature: ['true or false', isBoolean],
  remindPassphrase: ['true or false', isBoolean],
  confirmRestore: ['true or false', isBoolean],
  format: ['dump or snapshot', oneOf('dump', 'snapshot')],
  archive: ['tar or zip', oneOf('tar', 'zip')],
  remotes: ['a list of { "name", "type", … }', listOf(withStrings('name', 'type'))],
  copyTo: ['a list of texts', listOf(isString)],
  schedule: [
    'a list of { "cron", "what": "database", "media" or "all" }',
    listOf((value) => withStrings('cron')(value) && isWhat((value as { what?: unknown }).what)),
  ],
  retention: ['whole numbers of backups to keep, and a size as "2 GB" for maxTotal', isRetention],
  mask: ['an object', isObject],
  runSchedule: ['true or false', isBoolean],
  pruneScheduled: ['true or false', isBoolean],
  limits: ['sizes as "2 GB" for size and zip, whole numbers for ratio and files', isLimits],
  drillEveryDays: ['a number', (value) => typeof value === 'number' && value >= 0],
};

export interface CheckedSettings {
  settings: ProjectSettings;
  warnings: Warning[];
}

/**
 * The nearest folder, this one or above it within the same git repository, whose `.vscode/settings.json` speaks of
 * backups; undefined where there is none.
 */
export async function findSettingsRoot(folder: string): Promise<string | undefined> {
  for (const at of [folder, ...(await repositoryFolders(folder))]) {
    const text = await readFile(join(at, '.vscode', 'settings.json'), 'utf8').catch(() => '');
    if (text.includes(`"${prefix}`)) return at;
  }
  return undefined;
}

/**
 * `dbbackup.*` of `.vscode/settings.json`, comments allowed: what the command line knows of the editor's settings.
 * @throws BackupError settings-unreadable, with file and line
 */
export async function readFolderSettings(root: string): Promise<CheckedSettings> {
  const path = join(root, '.vscode', 'settings.json');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined || text.trim() === '') return { settings: {}, warnings: [] };
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const [error] = errors;
  if (error || tree?.type !== 'object') throw unreadable(path, text, error);
  const values = getNodeValue(tree) as Record<string, unknown>;
  const own = Object.entries(values).filter(([key]) => key.startsWith(prefix));
  const where = (key: string) => `${path}:${lineOf(text, findNodeAtLocation(tree, [key]))}`;
  return checkSettings(
    Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value])),
    where,
  );
}

/** Takes what has the right shape; the rest is named, never guessed. */
export function checkSettings(
  values: Record<string, unknown>,
  where: (key: string) => string = (key) => key,
): CheckedSettings {
  const settings: Record<string, unknown> = {};
  const warnings: Warning[] = [];
  for (const [name, value] of Object.entries(values)) {
    const shape = Object.hasOwn(shapes, name) ? shapes[name as keyof ProjectSettings] : undefined;
    // As in the Settings editor, what was emptied is not set.
    if (value === undefined || value === null || value === '' || (Array.isArray(value) && !value.length))
      continue;
    if (!shape) {
      warnings.push({
        code: 'setting-ignored',
        message: `There is no setting ${prefix}${name} (${where(prefix + name)}).`,
        hint: 'Check its spelling.',
      });
    } else if (shape[1](value)) settings[name] = value;
    else {
      warnings.push({
        code: 'setting-ignored',
        message: `The setting ${prefix}${name} is ignored: it has to be ${shape[0]} (${where(prefix + name)}).`,
        hint: 'Correct it in the settings.',
      });
    }
  }
  return { settings: settings as ProjectSettings, warnings };
}

function lineOf(text: string, node: Node | undefined): number {
  return text.slice(0, node?.offset ?? 0).split('\n').length;
}

function unreadable(path: string, text: string, error: ParseError | undefined): BackupError {
  const line = text.slice(0, error?.offset ?? 0).split('\n').length;
  const what = error ? printParseErrorCode(error.error) : 'not an object';
  return new BackupError(
    'settings-unreadable',
    `${path}, line ${line}: the settings cannot be read (${what}).`,
    'Correct the file; until then nothing is done, because it may say where backups go and to whom.',
  );
}
