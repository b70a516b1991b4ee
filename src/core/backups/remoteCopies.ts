import { basename, resolve } from 'node:path';
import { BackupError } from '../errors.ts';
import type { Project } from '../project/project.ts';
import { findRemoteConfig, readRemoteConfigs } from '../remotes/config.ts';
import { openRemote } from '../remotes/openRemote.ts';
import type { Remote, RemoteContext, RemoteFile } from '../remotes/remote.ts';
import type { RemoteAnswer, RemoteCopy } from '../service.ts';
import type { Task, Warning } from '../task.ts';
import { type CatalogueEntry, changeEntry, listEntries, readEntry, writeEntry } from './catalogue.ts';
import { listBackups } from './list.ts';
import { readExtensions, readName } from './name.ts';
import type { Resources } from './resources.ts';

/** Runs work on a remote of the project's settings, and closes it however that ends. @throws BackupError no-such-remote */
export async function withRemote<T>(
  name: string,
  project: Project,
  resources: Resources,
  task: Task,
  work: (remote: Remote) => Promise<T>,
): Promise<T> {
  const config = findRemoteConfig(readRemoteConfigs(project.settings.remotes), name);
  const remote = await openRemote(config, contextOf(project, resources, task));
  try {
    return await work(remote);
  } finally {
    await remote.close();
  }
}

/** What a remote is lent: the project's place, and somebody to ask. */
export function contextOf(project: Project, resources: Resources, task: Task): RemoteContext {
  return {
    home: resources.home,
    environment: resources.environment,
    workspace: project.root,
    secret: ({ remote, kind, subject, attempt }) =>
      task.ask.passphrase({
        kind: 'remote',
        userId: `${subject} (${remote}, ${kind})`,
        login: { remote, kind, subject },
        attempt,
      }),
    trustHost: (host) =>
      task.ask.confirm({
        action: 'trust',
        target: `${host.host}, ${host.keyType} ${host.fingerprint}`,
        from: 'a host that is not known yet',
        host,
        tables: [],
        warnings: [],
      }),
  };
}

/** The backups on a remote, newest first. Files that are no backups by their names are left out. */
export async function listRemote(remote: Remote, project: Project, task: Task): Promise<RemoteAnswer> {
  const files = await remote.list(task.signal);
  const local = new Map((await listBackups(project)).map(({ file, bytes: size }) => [file, size]));
  const backups = files.filter(({ name }) => readExtensions(name).content !== undefined);
  const copies = backups.map((file) => describeCopy(file, project, local));
  return { address: remote.address, files: copies.sort((a, b) => b.date.localeCompare(a.date)) };
}

function describeCopy(
  { name, bytes, modified }: RemoteFile,
  project: Project,
  local: ReadonlyMap<string, number>,
): RemoteCopy {
  const read = readName(
    name,
    project,
    project.databases.map(({ alias }) => alias),
  );
  const { content, wraps } = read.extensions;
  const date = read.date?.toISOString() ?? modified ?? new Date(0).toISOString();
  return {
    file: name,
    kind: content === 'tar' || content === 'zip' ? 'media' : 'database',
    database: read.database,
    encrypted: wraps.includes('gpg') || wraps.includes('asc'),
    bytes,
    date,
    local: local.has(name),
    ...(local.has(name) && local.get(name) !== bytes ? { differs: true as const } : {}),
  };
}

/** Copies backups to a remote: those that were named, or all that are only here. Each is noted as soon as it lies there. */
export async function pushTo(
  remote: Remote,
  files: readonly string[] | undefined,
  project: Project,
  resources: Resources,
  task: Task,
): Promise<RemoteAnswer> {
  const backups = await listBackups(project);
  const chosen = files
    ? files.map((file) => resolve(project.backupsFolder, file))
    : await onlyHere(
        remote,
        backups.map(({ path }) => path),
        task,
      );
  const copies: RemoteCopy[] = [];
  for (const path of chosen) {
    const name = basename(path);
    const onProgress = ({
      phase,
      done,
      total,
    }: {
      phase: 'copying' | 'proving';
      done: number;
      total: number;
    }) => task.report({ phase, done, total, unit: 'bytes', item: name });
    const { bytes } = await remote.upload(path, name, { signal: task.signal, onProgress });
    await noteCopy(remote.name, path, resources, task);
    const modified = backups.find((backup) => backup.path === path)?.date;
    copies.push(describeCopy({ name, bytes, modified }, project, new Map([[name, bytes]])));
  }
  return { address: remote.address, files: copies };
}

async function onlyHere(remote: Remote, paths: string[], task: Task): Promise<string[]> {
  const there = new Set((await remote.list(task.signal)).map(({ name }) => name));
  return paths.filter((path) => !there.has(basename(path)));
}

/**
 * Fetches a backup from a remote into the backups folder: the one that was named, or the newest. What was copied there from
 * here has to be what was copied.
 */
export async function pullFrom(
  remote: Remote,
  file: string | undefined,
  project: Project,
  resources: Resources,
  task: Task,
): Promise<{ address: string; path: string }> {
  const name = file ?? (await listRemote(remote, project, task)).files[0]?.file;
  if (name === undefined) {
    throw new BackupError(
      'no-backups',
      `${remote.address} holds no backups.`,
      'Copy one there with remote push.',
    );
  }
  const onProgress = ({ done, total }: { done: number; total: number }) =>
    task.report({ phase: 'copying', done, total, unit: 'bytes', item: name });
  const sha256 = await copiedHash(remote.name, resolve(project.backupsFolder, name), resources);
  const transfer = { signal: task.signal, onProgress, ...(sha256 === undefined ? {} : { sha256 }) };
  const { path } = await remote.download(name, project.backupsFolder, transfer);
  await noteCopy(remote.name, path, resources, task);
  return { address: remote.address, path };
}

/** The hash of what was last copied to a remote from this path, or fetched to it. */
async function copiedHash(
  remote: string,
  path: string,
  { home }: Pick<Resources, 'home'>,
): Promise<string | undefined> {
  const entries = (await listEntries(home)).filter(
    (entry) => entry.path === path && entry.copies?.[remote] !== undefined,
  );
  const when = ({ copies }: CatalogueEntry) => copies?.[remote] ?? '';
  return entries.toSorted((a, b) => when(a).localeCompare(when(b))).at(-1)?.sha256;
}

/** Notes that a backup lies on a remote too. */
export function noteCopy(
  remote: string,
  path: string,
  { home, now }: Pick<Resources, 'home' | 'now'>,
  { signal }: Pick<Task, 'signal'>,
): Promise<void> {
  return changeEntry(home, path, signal, (entry) => ({
    ...entry,
    copies: { ...entry.copies, [remote]: now().toISOString() },
  }));
}

/** Deletes backups on a remote; that one lies there is noted no longer as soon as it does not. */
export async function deleteFrom(
  remote: Remote,
  files: readonly string[],
  project: Project,
  { home }: Pick<Resources, 'home'>,
  task: Task,
): Promise<{ removed: string[] }> {
  const removed: string[] = [];
  for (const file of files) {
    await remote.delete(file, task.signal);
    await forgetCopy(remote.name, resolve(project.backupsFolder, file), home);
    removed.push(file);
  }
  return { removed };
}

async function forgetCopy(remote: string, path: string, home: string): Promise<void> {
  for (const noted of await listEntries(home)) {
    if (noted.path !== path || noted.copies?.[remote] === undefined) continue;
    const entry = await readEntry(home, noted.sha256);
    if (!entry) continue;
    const { [remote]: _, ...others } = entry.copies ?? {};
    await writeEntry(home, { ...entry, copies: others });
  }
}

/** Copies new backups to every remote of `dbbackup.copyTo`. The backups are made already: what fails is a warning. */
export async function copyToAll(
  paths: string[],
  project: Project,
  resources: Resources,
  task: Task,
): Promise<Warning[]> {
  const warnings: Warning[] = [];
  for (const name of project.settings.copyTo ?? []) {
    try {
      await withRemote(name, project, resources, task, (remote) =>
        pushTo(remote, paths, project, resources, task),
      );
    } catch (error) {
      if (!(error instanceof BackupError) || error.code === 'cancelled') throw error;
      const message = `The backup is made, but not copied to ${name}: ${error.message}`;
      warnings.push({ code: 'not-copied', message, hint: error.hint });
    }
  }
  return warnings;
}
