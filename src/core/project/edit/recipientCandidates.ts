import { basename, dirname, join } from 'node:path';
import type { DjangoStart } from '../django/findSettings.ts';
import type { DjangoSettings } from '../django/settings.ts';
import { isInside } from '../trust.ts';
import { writeEnvEntry, writeIniEntry } from './envEntry.ts';
import type { EditPlan } from './plan.ts';
import { editSetting, insertSetting } from './settingEdits.ts';
import { readTextFile, type TextFile } from './textFile.ts';

export const recipientSetting = 'DBBACKUP_GPG_RECIPIENT';

/** An edit that may do it; what it does shows when it is read. */
export interface Candidate {
  kind: EditPlan['kind'];
  name: string;
  file: TextFile;
  after: string;
}

interface Ask {
  root: string;
  start: DjangoStart;
  django: DjangoSettings;
  recipients: readonly string[];
}

/** The edits of a Django project's files that could make these its recipients, the least surprising first. */
export async function recipientCandidates({ root, start, django, recipients }: Ask): Promise<Candidate[]> {
  const name = recipientSetting;
  const binding = django.get(name);
  if (!binding) return added({ root, start, django, recipients });
  const file = await readTextFile(binding.at.path);
  const { text } = file;
  if (text === null) return [];
  const edits = editSetting(file.path, text, name, recipients, binding.at.line);
  const python = (texts: readonly string[]): Candidate[] =>
    texts.map((after) => ({ kind: 'settings', name, file, after }));
  const origin = binding.value.type === 'unknown' ? undefined : binding.value.origin;
  const variables = [...new Set(edits.variables)];
  const read = origin?.kind === 'file' ? [origin.path] : [];
  const near = environmentFiles(dirname(file.path), root, start.folder);
  const inFiles = await entries([...new Set([...read, ...near])], variables, recipients);
  const there = inFiles.filter(({ file }) => file.text !== null);
  const fresh = inFiles.filter(({ file }) => file.text === null && file.path === join(start.folder, '.env'));
  // What is meant to be read from elsewhere is not nailed down.
  const nailed = variables.length > 0 ? [] : python(edits.replaced);
  const found = [...python(edits.changed), ...there, ...python(edits.defaults), ...fresh, ...nailed];
  // A class of settings may have it from one of a library, which is not read: then it gets its own.
  return found.length > 0 ? found : added({ root, start, django, recipients });
}

/** The setting is not there: beside its like, or at the end of the settings file. */
async function added({ root, django, recipients }: Ask): Promise<Candidate[]> {
  const like = django.names().filter((name) => /^DBBACKUP_/.test(name));
  const paths = like.map((name) => django.get(name)?.at.path).filter((path) => path !== undefined);
  const candidates: Candidate[] = [];
  for (const path of new Set([...paths, django.path])) {
    const file = await readTextFile(path);
    if (file.text === null || !isInside(path, root)) continue;
    for (const after of insertSetting(path, file.text, recipientSetting, recipients)) {
      candidates.push({ kind: 'settings', name: recipientSetting, file, after });
    }
  }
  return candidates;
}

async function entries(
  paths: readonly string[],
  variables: readonly string[],
  recipients: readonly string[],
): Promise<Candidate[]> {
  const value = recipients.join(',');
  const candidates: Candidate[] = [];
  for (const path of paths) {
    const file = await readTextFile(path);
    const write = basename(path).endsWith('.ini') ? writeIniEntry : writeEnvEntry;
    for (const name of variables) {
      for (const after of write(file.text ?? '', name, value)) {
        candidates.push({ kind: 'environment', name, file, after });
      }
    }
  }
  return candidates;
}

/** Where `config()` and its like look: from the settings file upward, and beside `manage.py`. */
function environmentFiles(from: string, root: string, start: string): string[] {
  const folders: string[] = [];
  for (let at = from; isInside(at, root); at = dirname(at)) folders.push(at);
  return [...new Set([...folders, start])].flatMap((at) => [join(at, 'settings.ini'), join(at, '.env')]);
}
