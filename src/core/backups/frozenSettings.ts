import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { BackupError } from '../errors.ts';
import { resolveRecipients } from '../keys/recipients.ts';
import type { Project, ProjectSettings } from '../project/project.ts';
import { policyOf } from './prune.ts';
import type { Resources } from './resources.ts';

/** The settings that an installed schedule works with. @throws BackupError settings-unreadable */
export async function readFrozen(path: string): Promise<ProjectSettings> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as ProjectSettings;
  } catch (error) {
    throw new BackupError(
      'settings-unreadable',
      `${path}, which the schedule was installed with, cannot be read.`,
      'Install the schedule again.',
      { cause: error },
    );
  }
}

/** All that somebody who can write to the project could turn against its owner is fixed: paths, keys, remotes. */
export async function freeze(project: Project, resources: Resources): Promise<ProjectSettings> {
  const { settings, databases, backupsFolder, mediaRoot, encrypt, format, archive } = project;
  return {
    ...settings,
    databases,
    folder: backupsFolder,
    ...(mediaRoot === undefined ? {} : { mediaRoot }),
    encrypt,
    ...(encrypt ? { recipients: await fingerprints(project.recipients, resources) } : {}),
    retention: policyOf(project),
    format,
    archive,
  };
}

async function fingerprints(queries: string[], resources: Resources): Promise<string[]> {
  if (queries.length === 0) {
    throw new BackupError(
      'no-recipient',
      'No key is set to encrypt to, and a scheduled backup can ask nobody.',
      'Set DBBACKUP_GPG_RECIPIENT or dbbackup.recipients first.',
    );
  }
  const keyring = await resources.keyring();
  const gnupg = await resources.gnupg();
  const found = await resolveRecipients(queries, { keyring, gnupg, now: resources.now() });
  return found.map(({ info }) => info.fingerprint);
}

/** What decides how a scheduled backup comes out. */
const deciding = [
  'databases',
  'folder',
  'mediaRoot',
  'recipients',
  'encrypt',
  'sign',
  'format',
  'archive',
  'remotes',
  'copyTo',
  'schedule',
  'retention',
  'pruneScheduled',
] as const;

/**
 * The settings that an installed schedule does not know of, because they changed since. The command line does not see what
 * somebody set for all their folders in the editor: only what the folder itself says is compared there.
 * @param whole whether the project's settings are all that are in effect
 */
export async function staleSettings(
  frozen: ProjectSettings,
  project: Project,
  resources: Resources,
  whole: boolean,
): Promise<string[]> {
  // A recipient that leads to no key is another problem, and told as that.
  const fresh = await freeze(project, resources).catch(() => undefined);
  if (!fresh) return [];
  return deciding.filter((key) => {
    if (!whole && !(key in project.settings)) return false;
    // `schedule install --cron` stands for itself.
    if (key === 'schedule' && isNothing(project.settings.schedule)) return false;
    return !isDeepStrictEqual(comparable(frozen[key]), comparable(fresh[key]));
  });
}

/** As it comes back from a file; recipients in any order; an empty default is as good as none. */
function comparable(value: unknown): unknown {
  if (isNothing(value)) return undefined;
  const plain: unknown = JSON.parse(JSON.stringify(value));
  return Array.isArray(plain) && plain.every((one) => typeof one === 'string') ? plain.toSorted() : plain;
}

function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
