import { basename, resolve } from 'node:path';
import { BackupError } from '../errors.ts';
import type { Project } from '../project/project.ts';
import { findRemoteConfig, readRemoteConfigs } from '../remotes/config.ts';
import { openRemote } from '../remotes/openRemote.ts';
import type { Remote, RemoteContext, RemoteFile } from '../remotes/remote.ts';
import type { RemoteAnswer, RemoteCopy } from '../service.ts';
import type { Task, Warning } from '../task.ts';
import { changeEntry, listEntries, readEntry, writeEntry } from './catalogue.ts';
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
  const local = new Set((await listBackups(project)).map(({ file }) => file));
  const backups = files.filter(({ name }) => readExtensions(name).content !== undefined);
  const copies = backups.map((file) => describeCopy(file, project, local));
  return { address: remote.address, files: copies.sort((a, b) => b.date.localeCompare(a.date)) };
}

function describeCopy(
  { name, bytes, modified }: RemoteFile,
  project: Project,
  local: Set<string>,
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
  };
}

/** Copies backups to a remote: those that were named, or all that are only here. */
export async function pushTo(
  remote: Remote,
  files: readonly string[] | undefined,
  project: Project,
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
    const modified = backups.find((backup) => backup.path === path)?.date;
    copies.push(describeCopy({ name, bytes, modified }, project, new Set([name])));
  }
  return { address: remote.address, files: copies };
}

async function onlyHere(remote: Remote, paths: string[], task: Task): Promise<string[]> {
  const there = new Set((await remote.list(task.signal)).map(({ name }) => name));
  return paths.filter((path) => !there.has(basename(path)));
}

/** Fetches a backup from a remote into the backups folder: the one that was named, or the newest. */
export async function pullFrom(
  remote: Remote,
  file: string | undefined,
  project: Project,
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
  const { path } = await remote.download(name, project.backupsFolder, { signal: task.signal, onProgress });
  return { address: remote.address, path };
}

/** Notes that backups lie on a remote too. */
export async function noteCopies(
  remote: string,
  paths: readonly string[],
  { home, now }: Pick<Resources, 'home' | 'now'>,
  { signal }: Pick<Task, 'signal'>,
): Promise<void> {
  for (const path of paths) {
    await changeEntry(home, path, signal, (entry) => ({
      ...entry,
      copies: { ...entry.copies, [remote]: now().toISOString() },
    }));
  }
}

/** Deletes backups on a remote; that they lie there is noted no longer. */
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
    removed.push(file);
  }
  const paths = new Set(removed.map((file) => resolve(project.backupsFolder, file)));
  for (const { sha256, path, copies } of await listEntries(home)) {
    if (!paths.has(path) || copies?.[remote.name] === undefined) continue;
    const entry = await readEntry(home, sha256);
    if (!entry) continue;
    const { [remote.name]: _, ...others } = entry.copies ?? {};
    await writeEntry(home, { ...entry, copies: others });
  }
  return { removed };
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
      await withRemote(name, project, resources, task, (remote) => pushTo(remote, paths, project, task));
      await noteCopies(name, paths, resources, task);
    } catch (error) {
      if (!(error instanceof BackupError) || error.code === 'cancelled') throw error;
      const message = `The backup is made, but not copied to ${name}: ${error.message}`;
      warnings.push({ code: 'not-copied', message, hint: error.hint });
    }
  }
  return warnings;
}
