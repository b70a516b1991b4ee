import { realpath } from 'node:fs/promises';
import { backUp } from './backups/backUp.ts';
import { compareBackup } from './backups/compareBackup.ts';
import { decryptFile, encryptFile } from './backups/cryptFile.ts';
import { deleteBackups } from './backups/deleteBackups.ts';
import { drillDue } from './backups/drillDue.ts';
import { writeHandOver } from './backups/handOver.ts';
import { checkHealth } from './backups/health.ts';
import { inspectBackup } from './backups/inspect.ts';
import { listBackups } from './backups/list.ts';
import { maskingOf, unmasked } from './backups/masking.ts';
import { listMedia, readMedia } from './backups/mediaContents.ts';
import { noteOnBackups, withNotes } from './backups/notes.ts';
import { prune } from './backups/prune.ts';
import { pruneScheduled } from './backups/pruneScheduled.ts';
import { purgeUndo } from './backups/purgeUndo.ts';
import { reencryptFiles } from './backups/reencryptFiles.ts';
import { copyToAll } from './backups/remoteCopies.ts';
import { createResources } from './backups/resources.ts';
import { chooseTarget, restoreToProject } from './backups/restore.ts';
import { restoreInto } from './backups/restoreDatabase.ts';
import { runDue } from './backups/runDue.ts';
import { runScheduled } from './backups/runScheduled.ts';
import { installSchedules, removeSchedules, showSchedules } from './backups/schedules.ts';
import { allCopies, undoCopies } from './backups/settleUndo.ts';
import { suggestMask } from './backups/suggestMask.ts';
import { takeIn } from './backups/takeIn.ts';
import { recoverMediaLocked } from './backups/undoMedia.ts';
import { undoTogether } from './backups/undoTogether.ts';
import { verifyBackup } from './backups/verify.ts';
import { findRecipients } from './backups/wrapping.ts';
import { BackupError } from './errors.ts';
import { createKeyService } from './keyService.ts';
import { createLookService } from './lookService.ts';
import { detectProject } from './project/detect.ts';
import type { Project, ProjectRequest } from './project/project.ts';
import { createRemoteService } from './remoteService.ts';
import type { BackupAnswer, BackupAsk, Service, VerifyResult } from './service.ts';
import type { Task } from './task.ts';
import { requireTrust, type Trusted } from './trust.ts';

export interface ServiceOptions {
  /** Without `DBBACKUP_PASSPHRASE`: programs started from here inherit it. */
  environment: NodeJS.ProcessEnv;
  /** The folders that are open: no program is started from inside them. */
  workspace: () => readonly string[];
  /** True where the project's files are trusted already (the editor's Workspace Trust). */
  trustProject: boolean;
  /** The folder of the bundles, where threads are started from; without it all is done in this one. */
  bundles?: string;
}

/** The core behind its one door. It holds no state between calls but what lies on disk and the backups that are open. */
export function createService({ environment, workspace, trustProject, bundles }: ServiceOptions): Service {
  const resources = createResources(environment, { workspace, bundles });
  const { home } = resources;

  const detect = (request: ProjectRequest, task: Task) =>
    detectProject(request, { environment, signal: task.signal });

  /** For whatever acts on the project's word, not only shows it. */
  const trusted: Trusted = async (request, task, remotesOf = () => []) => {
    const project = await detect(request, task);
    if (!trustProject) await requireTrust(project, remotesOf(project), home, task);
    return project;
  };

  return {
    detect: ({ project }, task) => detect(project, task),

    // The evaluator and its grammar are loaded where an edit is wanted.
    planRecipients: async ({ project, recipients }, task) =>
      (await import('./project/edit/planRecipients.ts')).planRecipients(project, recipients, {
        environment,
        signal: task.signal,
      }),

    applyPlan: async ({ plan }) => {
      await (await import('./project/edit/applyPlan.ts')).applyPlan(plan);
      return { file: plan.file };
    },

    list: async (ask, task) => withNotes(await listBackups(await detect(ask.project, task)), home),

    noteOnBackups: async (ask, task) => noteOnBackups(ask, await detect(ask.project, task), home, task),

    backup: (ask, task) => backup(ask, task),

    suggestMask: async (ask, task) => {
      const project = await trusted(ask.project, task);
      const sessionKeys = () => resources.sessionKeys(task, project.settings);
      return { rules: await suggestMask(ask, project, sessionKeys, resources, task) };
    },

    compare: async (ask, task) => {
      const project = await trusted(ask.project, task);
      const { path } = await chooseTarget(ask.file, ask.database, project);
      return compareBackup(
        ask.file,
        path,
        await resources.sessionKeys(task, project.settings),
        resources,
        task,
      );
    },

    verify: async (ask, task) => {
      // A file needs no project; where there is one, its wish for signatures counts all the same.
      const settings = await detect(ask.project, task).then(
        (project) => project.settings,
        () => undefined,
      );
      const sessionKeys = await resources.sessionKeys(task, settings);
      const files = ask.file === undefined ? await filesToVerify(ask, task) : [ask.file];
      const results: VerifyResult[] = [];
      for (const file of files) {
        results.push(await verifyBackup(file, ask.drill === true, sessionKeys, resources, task));
      }
      return { results };
    },

    prune: async (ask, task) => {
      const { remote } = ask;
      const project = await trusted(ask.project, task, () => (remote === undefined ? [] : [remote]));
      return prune(ask, project, resources, task);
    },

    health: async ({ project, language }, task) =>
      checkHealth(await detect(project, task), resources, {
        language,
        whole: project.settings !== undefined,
      }),

    schedules: async (ask, task) => showSchedules(await detect(ask.project, task), resources, ask.language),
    installSchedules: async (ask, task) =>
      installSchedules(
        { schedules: ask.schedules, runner: ask.runner, language: ask.language },
        await trusted(ask.project, task, copiedTo),
        resources,
        task,
      ),
    removeSchedules: async (ask, task) => removeSchedules(await detect(ask.project, task), resources),
    runScheduled: (ask, task) => runScheduled(ask, scheduledBackup, resources, task),

    runDue: async (ask, task) => {
      const project = await trusted(ask.project, task);
      return runDue({ request: ask.project, project }, scheduledBackup, resources, task);
    },
    drillDue: async (ask, task) => {
      const project = await trusted(ask.project, task);
      const sessionKeys = () => resources.sessionKeys(task, project.settings);
      return (await drillDue(project, sessionKeys, resources, task)) ?? null;
    },

    restore: async (ask, task) => {
      if (ask.file !== undefined && ask.into !== undefined) {
        // A file needs no project; where there is one, its wish for signatures counts all the same.
        const detecting = detect(ask.project, task);
        const project = await (ask.mask ? detecting : detecting.catch(() => undefined));
        const sessionKeys = await resources.sessionKeys(task, project?.settings);
        const masking = ask.mask && project ? await maskingOf(project, home, task) : undefined;
        const answer = await restoreInto(
          { file: ask.file, into: ask.into, sessionKeys, masking },
          resources,
          task,
        );
        const warnings = project && ask.mask === undefined ? unmasked(project) : [];
        return { ...answer, warnings: [...warnings, ...answer.warnings] };
      }
      const project = await trusted(ask.project, task);
      const sessionKeys = await resources.sessionKeys(task, project.settings);
      return restoreToProject(ask, project, sessionKeys, resources, task);
    },

    undo: async (ask, task) => {
      const project = await trusted(ask.project, task);
      await recoverMediaLocked(project.mediaRoot, resources, task);
      const copies = await undoCopies(await undoTargets(project), resources, task);
      const kept = ask.id === undefined ? copies[0] : copies.find(({ id }) => id === ask.id);
      if (!kept) {
        throw new BackupError(
          'nothing-to-undo',
          'There is no undo copy for this project.',
          'Restore a backup instead.',
        );
      }
      return undoTogether(kept, copies, resources, task);
    },

    undoCopies: async (ask, task) =>
      undoCopies(await undoTargets(await detect(ask.project, task)), resources, task),

    purgeUndo: async (ask, task) =>
      purgeUndo(await allCopies(await undoTargets(await trusted(ask.project, task)), home), home, task),

    deleteBackups: async (ask, task) => deleteBackups(ask.files, await trusted(ask.project, task)),

    inspect: async (ask, task) => inspectBackup(ask.file, await resources.sessionKeys(task), resources, task),

    listMedia: async (ask, task) => {
      const { settings } = await trusted(ask.project, task);
      return listMedia(ask.file, await resources.sessionKeys(task, settings), task);
    },

    readMedia: async (ask, task) => {
      const { settings } = await trusted(ask.project, task);
      const sessionKeys = await resources.sessionKeys(task, settings);
      return { data: await readMedia(ask.file, ask.storedPath, sessionKeys, task) };
    },

    handOver: async (ask, task) =>
      writeHandOver(ask.files, ask.output, await trusted(ask.project, task), resources, task),

    takeIn: async (ask, task) => takeIn(ask.files, await trusted(ask.project, task), task),

    encrypt: async (ask, task) => {
      const named = ask.recipients ?? (ask.project ? (await detect(ask.project, task)).recipients : []);
      return encryptFile(ask.file, ask.output, await findRecipients(named, resources), task);
    },

    decrypt: async (ask, task) => decryptFile(ask.file, ask.output, await resources.sessionKeys(task), task),

    reencrypt: async (ask, task) => {
      // A file needs no project; where there is one, its wish for signatures counts all the same.
      const found = ask.project && detect(ask.project, task);
      const project = await (ask.recipients ? found?.catch(() => undefined) : found);
      return reencryptFiles(ask, project, resources, task);
    },

    ...createKeyService(resources),
    ...createLookService(resources, detect, trusted),
    ...createRemoteService(resources, trusted),
  };

  async function backup(ask: BackupAsk, task: Task): Promise<BackupAnswer> {
    const project = await trusted(ask.project, task, copiedTo);
    if (ask.what !== 'database') await recoverMediaLocked(project.mediaRoot, resources, task);
    const { backups, warnings } = await backUp(ask, project, resources, task);
    const paths = backups.map(({ path }) => path);
    return { backups, warnings: [...warnings, ...(await copyToAll(paths, project, resources, task))] };
  }

  async function scheduledBackup(ask: BackupAsk, task: Task): Promise<BackupAnswer> {
    return pruneScheduled(await backup(ask, task), await trusted(ask.project, task), resources, task);
  }

  async function filesToVerify(ask: Parameters<Service['verify']>[0], task: Task): Promise<string[]> {
    const project = await trusted(ask.project, task);
    const backups = await listBackups(project);
    // Only a database can be drilled: the media files made with it would be the newer ones by name.
    const drilled = ask.drill ? backups.find(({ kind }) => kind === 'database') : undefined;
    const chosen = ask.all ? backups : [drilled ?? backups[0]].filter((backup) => backup !== undefined);
    if (chosen.length > 0) return chosen.map(({ path }) => path);
    throw new BackupError('no-backups', `There is no backup in ${project.backupsFolder}.`, 'Make one first.');
  }

  async function undoTargets(project: Project): Promise<string[]> {
    const targets = await Promise.all(project.databases.map(({ path }) => realpath(path).catch(() => path)));
    return project.mediaRoot === undefined ? targets : [...targets, project.mediaRoot];
  }
}

function copiedTo({ settings }: Project): readonly string[] {
  return settings.copyTo ?? [];
}
