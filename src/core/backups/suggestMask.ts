import type { SessionKeySource } from '../openpgp/types.ts';
import type { Project } from '../project/project.ts';
import { type SuggestedRule, suggestMaskRules } from '../sqlite/mask/suggest.ts';
import type { Task } from '../task.ts';
import { openDecoded } from './openDecoded.ts';
import type { Resources } from './resources.ts';
import { chooseTarget } from './restore.ts';

/** Rules for what looks like personal data and has none: in a backup, or in the live database where none is named. */
export async function suggestMask(
  { file, database }: { file?: string; database?: string },
  project: Project,
  sessionKeys: () => Promise<SessionKeySource>,
  resources: Resources,
  task: Task,
): Promise<SuggestedRule[]> {
  const known = Object.keys(project.settings.mask ?? {});
  if (file !== undefined) {
    const decoded = await openDecoded(file, await sessionKeys(), resources, task);
    try {
      return suggestMaskRules(decoded.connection, known);
    } finally {
      await decoded.close();
    }
  }
  const { path } = await chooseTarget(undefined, database, project);
  const live = await (await resources.engine()).openSnapshot(path, task);
  try {
    return suggestMaskRules(live, known);
  } finally {
    live.close();
  }
}
