import { basename, dirname } from 'node:path';
import { BackupError } from '../errors.ts';
import type { Project } from '../project/project.ts';
import { findRemoteConfig, readRemoteConfigs } from '../remotes/config.ts';
import type { Remote } from '../remotes/remote.ts';
import type { Backup, PruneAnswer, PruneAsk } from '../service.ts';
import type { Task } from '../task.ts';
import { type CatalogueEntry, listEntries } from './catalogue.ts';
import { deleteBackups } from './deleteBackups.ts';
import { listBackups } from './list.ts';
import { readName } from './name.ts';
import { withNotes } from './notes.ts';
import { deleteFrom, listRemote, withRemote } from './remoteCopies.ts';
import type { Resources } from './resources.ts';
import { planRetention, type RetainedBackup, type RetentionPolicy } from './retention.ts';

type Ask = Omit<PruneAsk, 'project'>;

/**
 * Removes the backups that the project's retention lets go of, after asking: of its own folder, or of a remote. Without a
 * policy nothing goes.
 * @throws BackupError not-confirmed, no-such-remote
 */
export function prune(ask: Ask, project: Project, resources: Resources, task: Task): Promise<PruneAnswer> {
  const { remote } = ask;
  if (remote === undefined) return pruneFolder(ask, project, resources, task);
  return withRemote(remote, project, resources, task, (open) =>
    pruneRemote(ask, open, project, resources, task),
  );
}

async function pruneFolder(ask: Ask, project: Project, resources: Resources, task: Task) {
  const backups = await withNotes(await listBackups(project), resources.home);
  const plan = plannedOf(retained(backups), policyOf(project), project, resources);
  return carryOut(ask, plan, project.backupsFolder, task, async (files) => {
    await deleteBackups(files, project);
  });
}

/** On a remote there may be backups of others: only what was copied there from here, or fetched from it, is ours. */
async function pruneRemote(ask: Ask, remote: Remote, project: Project, resources: Resources, task: Task) {
  const { files } = await listRemote(remote, project, task);
  const entries = (await listEntries(resources.home)).filter(
    ({ path, copies }) => dirname(path) === project.backupsFolder && copies?.[remote.name] !== undefined,
  );
  const entryOf = (file: string, bytes: number) =>
    entries.find((entry) => basename(entry.path) === file && entry.bytes === bytes);
  const ours = files.flatMap(({ file, bytes, date }) => {
    const entry = entryOf(file, bytes);
    return entry ? [copyOf({ file, bytes, date }, entry, project)] : [];
  });
  const config = findRemoteConfig(readRemoteConfigs(project.settings.remotes), remote.name);
  const plan = plannedOf(ours, config.retention ?? policyOf(project), project, resources);
  const others = files.filter(({ file, bytes }) => !entryOf(file, bytes));
  const kept = [...plan.kept, ...others.map(({ file }) => ({ file, why: ['not copied from here'] }))];
  return carryOut(ask, { ...plan, kept }, remote.address, task, async (chosen) => {
    await deleteFrom(remote, chosen, project, resources, task);
  });
}

function copyOf(
  copy: { file: string; bytes: number; date: string },
  { pinned, drill }: CatalogueEntry,
  project: Project,
): RetainedBackup {
  const aliases = project.databases.map(({ alias }) => alias);
  const { extensions, database } = readName(copy.file, project, aliases);
  const media = extensions.content === 'tar' || extensions.content === 'zip';
  return {
    ...copy,
    kind: media ? 'media' : 'database',
    database,
    ...(pinned ? { pinned } : {}),
    ...(drill ? { good: drill.ok } : {}),
  };
}

function plannedOf(
  backups: RetainedBackup[],
  policy: RetentionPolicy,
  project: Project,
  { now }: Pick<Resources, 'now'>,
): PruneAnswer {
  const { kept, removed, overCap } = planRetention(backups, policy, now(), project.timeZone);
  const known = new Map(backups.map((backup) => [backup.file, backup]));
  return {
    kept,
    removed: removed.map(({ file, why }) => {
      const { bytes, date } = known.get(file)!;
      return { file, why, bytes, date };
    }),
    overCap,
    hasPolicy: Object.keys(policy).length > 0,
  };
}

async function carryOut(
  { dryRun = false, files }: Ask,
  plan: PruneAnswer,
  place: string,
  task: Task,
  remove: (files: string[]) => Promise<void>,
): Promise<PruneAnswer> {
  const removed = files ? plan.removed.filter(({ file }) => files.includes(file)) : plan.removed;
  const spared = plan.removed.filter((one) => !removed.includes(one));
  const kept = [...plan.kept, ...spared.map(({ file }) => ({ file, why: ['not chosen'] }))];
  const answer = { ...plan, kept, removed };
  if (dryRun || removed.length === 0) return answer;
  const agreed = await task.ask.confirm({
    action: 'prune',
    target: place,
    from: `${kept.length} kept`,
    tables: [],
    files: { added: 0, replaced: 0, removed: removed.length },
    warnings: removed.map(({ file, why }) => ({ code: 'removed', message: `${file}: ${why}` })),
  });
  if (!agreed) throw new BackupError('not-confirmed', 'Nothing was removed.', 'Confirm it, or pass --yes.');
  await remove(removed.map(({ file }) => file));
  return answer;
}

/** The setting; where there is none, django-dbbackup's DBBACKUP_CLEANUP_KEEP as the project has it. */
export function policyOf({ settings, keep, keepMedia }: Project): RetentionPolicy {
  if (settings.retention && Object.keys(settings.retention).length > 0) return settings.retention;
  return {
    ...(keep === undefined ? {} : { keepLast: keep }),
    ...(keepMedia === undefined ? {} : { keepLastMedia: keepMedia }),
  };
}

function retained(backups: readonly Backup[]): RetainedBackup[] {
  return backups.map(({ drill, ...backup }) => ({ ...backup, ...(drill ? { good: drill.ok } : {}) }));
}
