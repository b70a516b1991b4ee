import { workFolder } from '../files/privateFolder.ts';
import type { SessionKeySource } from '../openpgp/types.ts';
import type { CompareAnswer } from '../service.ts';
import type { Task } from '../task.ts';
import { changesAgainstLive, hasLiveSchema } from './changes.ts';
import type { Resources } from './resources.ts';
import { defaultShape, stageBackup } from './stage.ts';

/** What a restore of a backup would change in a live database, row by row. Nothing is changed. */
export async function compareBackup(
  file: string,
  livePath: string,
  sessionKeys: SessionKeySource,
  resources: Resources,
  task: Task,
): Promise<CompareAnswer> {
  const engine = await resources.engine();
  await using work = await workFolder(resources.home);
  const options = { folder: work.path, shape: defaultShape, keepPageSize: false, sessionKeys, engine };
  const staged = await stageBackup(file, options, task);
  const changes = await changesAgainstLive(livePath, staged.path, staged, 'rows', resources, task);
  const tables = changes.map(({ added = 0, removed = 0, changed = 0, ...table }) => ({
    ...table,
    added,
    removed,
    changed,
  }));
  const sameSchema = await hasLiveSchema(livePath, staged.path, resources, task);
  return { file, target: livePath, tables, sameSchema, warnings: staged.warnings };
}
