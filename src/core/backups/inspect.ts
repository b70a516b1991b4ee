import { basename } from 'node:path';
import { workFolder } from '../files/privateFolder.ts';
import type { SessionKeySource } from '../openpgp/types.ts';
import type { InspectAnswer } from '../service.ts';
import type { Task } from '../task.ts';
import type { Resources } from './resources.ts';
import { defaultShape, stageBackup } from './stage.ts';

/** What is inside a database backup: it is decoded to its end into a private database that is gone afterwards. */
export async function inspectBackup(
  file: string,
  sessionKeys: SessionKeySource,
  resources: Resources,
  task: Task,
): Promise<InspectAnswer> {
  const engine = await resources.engine();
  await using work = await workFolder(resources.home);
  const options = { folder: work.path, shape: defaultShape, keepPageSize: false, sessionKeys, engine };
  const { tableRows, encrypted, warnings } = await stageBackup(file, options, task);
  return { file: basename(file), tables: tableRows, encrypted, warnings };
}
