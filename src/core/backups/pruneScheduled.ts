import { BackupError } from '../errors.ts';
import type { Project } from '../project/project.ts';
import type { BackupAnswer } from '../service.ts';
import type { Task } from '../task.ts';
import { prune } from './prune.ts';
import type { Resources } from './resources.ts';

/**
 * After a scheduled backup, where `dbbackup.pruneScheduled` says so: lets go of what the retention no longer keeps, here and
 * on the remotes of `copyTo`. The backup is made already: what fails is a warning.
 */
export async function pruneScheduled(
  made: BackupAnswer,
  project: Project,
  resources: Resources,
  task: Task,
): Promise<BackupAnswer> {
  const { pruneScheduled: wanted, copyTo = [] } = project.settings;
  if (!wanted || made.backups.length === 0) return made;
  const pruned: string[] = [];
  const warnings = [...made.warnings];
  for (const remote of [undefined, ...copyTo]) {
    try {
      const { removed } = await prune(
        remote === undefined ? {} : { remote },
        project,
        resources,
        agreed(task),
      );
      pruned.push(...removed.map(({ file }) => (remote === undefined ? file : `${remote}: ${file}`)));
    } catch (error) {
      if (!(error instanceof BackupError) || error.code === 'cancelled') throw error;
      const message = `The backup is made, but old ones were not pruned${remote ? ` on ${remote}` : ''}: ${error.message}`;
      warnings.push({ code: 'not-pruned', message, ...(error.hint ? { hint: error.hint } : {}) });
    }
  }
  return { ...made, warnings, pruned };
}

/** The setting has agreed to what the retention says, and to nothing else that a remote may ask. */
function agreed({ signal, ask, report }: Task): Task {
  const confirm: Task['ask']['confirm'] = async (question) =>
    question.action === 'prune' || ask.confirm(question);
  return { signal, report, ask: { ...ask, confirm } };
}
