import type { Found } from '../finding.ts';
import { type Binding, textOf } from '../python/values.ts';
import type { FactReader } from './facts.ts';

const folderHint = 'Set dbbackup.folder.';
const mediaHint = 'Set dbbackup.mediaRoot.';

/** The folder of uploaded files: `MEDIA_ROOT`, or the location of the default storage. */
export function mediaRootOf(reader: FactReader): Found<string> | undefined {
  const storage = reader.below('STORAGES', ['default', 'OPTIONS', 'location'], mediaHint);
  const backend = textOf(reader.below('STORAGES', ['default', 'BACKEND'], mediaHint)?.value);
  const legacy = textOf(reader.settings.get('DEFAULT_FILE_STORAGE')?.value);
  const elsewhere = [backend ?? legacy].find((name) => name && !isFileSystem(name));
  if (elsewhere) {
    const message = `Uploaded files are kept by ${elsewhere}; only those in MEDIA_ROOT on this machine are backed up.`;
    reader.findings.warn('media-elsewhere', message);
  } else if (storage && textOf(storage.value)) {
    return reader.path('STORAGES["default"]["OPTIONS"]["location"]', storage, mediaHint);
  }
  const binding = reader.known('MEDIA_ROOT', mediaHint);
  return binding && reader.path('MEDIA_ROOT', binding, mediaHint);
}

/**
 * Where django-dbbackup puts its files, where that is a folder: the storage's location, whose setting has had three names.
 * @param version the project's django-dbbackup; from 5 on only `STORAGES` counts
 */
export function backupsFolderOf(reader: FactReader, version: string | undefined): Found<string> | undefined {
  const isNew = Number.parseInt(version ?? '0', 10) >= 5;
  const choices = isNew ? [fromStorages, fromOptions] : [fromOptions, fromStorages, fromDirectory];
  for (const choose of choices) {
    const chosen = choose(reader);
    if (chosen) return reader.path(chosen.what, chosen.binding, folderHint);
  }
  return undefined;
}

interface Chosen {
  what: string;
  binding: Binding;
}

function fromOptions(reader: FactReader): Chosen | undefined {
  const storage = textOf(reader.known('DBBACKUP_STORAGE', folderHint)?.value);
  const binding =
    reader.below('DBBACKUP_STORAGE_OPTIONS', ['location'], folderHint) ??
    reader.below('DBBACKUP_STORAGE_OPTIONS', ['LOCATION'], folderHint);
  if (storage && !isFileSystem(storage)) {
    sayElsewhere(reader, storage, reader.settings.get('DBBACKUP_STORAGE'));
    return undefined;
  }
  return binding && { what: 'DBBACKUP_STORAGE_OPTIONS["location"]', binding };
}

function fromStorages(reader: FactReader): Chosen | undefined {
  const backend = reader.below('STORAGES', ['dbbackup', 'BACKEND'], folderHint);
  const name = textOf(backend?.value);
  if (name && !isFileSystem(name)) {
    sayElsewhere(reader, name, backend);
    return undefined;
  }
  const binding = reader.below('STORAGES', ['dbbackup', 'OPTIONS', 'location'], folderHint);
  return binding && { what: 'STORAGES["dbbackup"]["OPTIONS"]["location"]', binding };
}

/** django-dbbackup 2. */
function fromDirectory(reader: FactReader): Chosen | undefined {
  const binding = reader.known('DBBACKUP_BACKUP_DIRECTORY', folderHint);
  return binding && { what: 'DBBACKUP_BACKUP_DIRECTORY', binding };
}

function isFileSystem(storage: string): boolean {
  return /FileSystemStorage$/.test(storage) || storage.endsWith('filesystem_storage');
}

function sayElsewhere(reader: FactReader, storage: string, binding: Binding | undefined): void {
  const place = binding ? ` (${reader.findings.place(binding.at)})` : '';
  reader.findings.warn(
    'backups-elsewhere',
    `django-dbbackup keeps its backups with ${storage}${place}; those made here go to a folder.`,
    'Choose the folder with dbbackup.folder, and copy it on with dbbackup.remotes.',
  );
}

/** `INSTALLED_APPS`; undefined where not all of it is known. */
export function installedApps({ settings }: FactReader): string[] | undefined {
  const apps = settings.get('INSTALLED_APPS')?.value;
  if (apps?.type !== 'list' || apps.rest !== undefined) return undefined;
  const names = apps.items.map(textOf);
  return names.every((name) => name !== undefined) ? names : undefined;
}

/** Whether the project uses django-dbbackup at all. */
export function usesDbbackup(reader: FactReader): boolean {
  const apps = reader.settings.get('INSTALLED_APPS')?.value;
  if (apps?.type === 'list' && apps.items.some((item) => /^dbbackup(?:\.|$)/.test(textOf(item) ?? '')))
    return true;
  return reader.settings.get('DBBACKUP_STORAGE') !== undefined;
}
