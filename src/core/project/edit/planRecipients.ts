import { BackupError } from '../../errors.ts';
import { type DetectOptions, detectProject, findProject, type ProjectPlace } from '../detect.ts';
import { FactReader } from '../django/facts.ts';
import { usesDbbackup } from '../django/folders.ts';
import { readDjangoSettings } from '../django/settings.ts';
import { Findings } from '../finding.ts';
import type { Project, ProjectRequest } from '../project.ts';
import type { EditPlan } from './plan.ts';
import { type Candidate, recipientCandidates, recipientSetting } from './recipientCandidates.ts';
import { planSetting } from './settingPlan.ts';
import { encodeText } from './textFile.ts';

/**
 * Plans the edit after which the project encrypts to these keys: where it reads its recipient, else in the folder's own
 * settings. An edit of the project's files is planned only where reading it again gives these recipients and nothing else
 * that is different. Writes nothing.
 * @param recipients e-mail addresses, key ids or fingerprints
 * @throws BackupError usage, settings-unreadable
 */
export async function planRecipients(
  request: ProjectRequest,
  recipients: readonly string[],
  options: DetectOptions,
): Promise<EditPlan> {
  requireNames(recipients);
  const place = await findProject(request, options);
  const { recipients: set, ...settings } = place.settings;
  // Without the folder's own setting it is seen what the project's files say.
  const ask = set ? { folder: place.root, settings } : request;
  const before = await detectProject(ask, options);
  const candidates = await candidatesFor(place, before, recipients, options);
  for (const { file, after, ...candidate } of candidates) {
    const bytes = encodeText(after, file.encoding);
    if (!bytes) continue;
    const drafts = new Map([[file.path, bytes]]);
    const read = await detectProject(ask, { ...options, drafts });
    if (!isProved(before, read, recipients)) continue;
    const { path, text, encoding } = file;
    return {
      ...candidate,
      file: path,
      before: text,
      after,
      encoding,
      recipients: [...recipients],
      overruled: set !== undefined && !isSame(set, recipients),
      warnings: [],
    };
  }
  return planSetting(place.root, recipients, candidates.length > 0 ? [notFollowed(before)] : []);
}

async function candidatesFor(
  { root, start }: ProjectPlace,
  project: Project,
  recipients: readonly string[],
  { environment }: DetectOptions,
): Promise<Candidate[]> {
  const django = start && project.django ? await readDjangoSettings(start, root, environment) : undefined;
  if (!start || !django) return [];
  const uses =
    project.dbbackupVersion !== undefined ||
    usesDbbackup(new FactReader(django, new Findings(root))) ||
    django.names().some((name) => /^DBBACKUP_/.test(name));
  return uses ? recipientCandidates({ root, start, django, recipients }) : [];
}

/** Whether what is read after an edit is what was meant, and the rest as before. */
function isProved(before: Project, after: Project, recipients: readonly string[]): boolean {
  return isSame(after.recipients, recipients) && rest(before) === rest(after) && saysNoMore(before, after);
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  const sorted = (names: readonly string[]) => JSON.stringify([...new Set(names)].sort());
  return sorted(some) === sorted(others);
}

function rest({
  recipients: _recipients,
  sources: _sources,
  warnings: _warnings,
  ...others
}: Project): string {
  return JSON.stringify(others);
}

function saysNoMore(before: Project, after: Project): boolean {
  const known = before.warnings.map(({ code }) => code);
  return after.warnings.every(({ code }) => {
    const index = known.indexOf(code);
    if (index >= 0) known.splice(index, 1);
    return index >= 0;
  });
}

function requireNames(recipients: readonly string[]): void {
  const odd = recipients.find((name) => name.trim() !== name || name === '' || /\p{Cc}/u.test(name));
  if (recipients.length > 0 && odd === undefined) return;
  throw new BackupError(
    'usage',
    recipients.length === 0 ? 'No recipient is named.' : 'A recipient is empty or holds a control character.',
    'Name an e-mail address or a fingerprint.',
  );
}

function notFollowed({ sources: { recipients: source } }: Project) {
  const why =
    source?.kind === 'environment'
      ? `the environment variable ${source.name} gives it`
      : `no edit of one place in the project's files was found that would change it and nothing else`;
  return {
    code: 'not-for-manage',
    message: `manage.py dbbackup keeps its own recipient: ${why}.`,
    hint: `Change ${recipientSetting} there as well.`,
  };
}
