import { BackupError } from '../../errors.ts';
import { rewriteFile } from '../../files/rewriteFile.ts';
import type { EditPlan } from './plan.ts';
import { encodeText } from './textFile.ts';

/** Makes a planned edit. @throws BackupError changed-meanwhile where the file is not what the plan was made for */
export async function applyPlan({ file, before, after, encoding }: EditPlan): Promise<void> {
  const old = before === null ? null : encodeText(before, encoding);
  const next = encodeText(after, encoding);
  if (old === undefined || next === undefined) {
    throw new BackupError('failed', `The text does not fit the encoding of ${file}.`, 'Use fingerprints.');
  }
  await rewriteFile(file, old, next);
}
