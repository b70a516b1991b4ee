import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { BackupError } from '../errors.ts';
import { sweepParts } from '../files/newFile.ts';
import type { Project } from '../project/project.ts';
import type { Task } from '../task.ts';
import { reencryptFile } from './reencrypt.ts';
import type { Resources } from './resources.ts';
import { findRecipients, findSigner } from './wrapping.ts';

/**
 * Encrypts backups anew, one after the other; what stopped at one leaves those before it done. Where the project signs
 * its backups, these are signed as well.
 */
export async function reencryptFiles(
  ask: { files: string[]; recipients?: string[] },
  project: Project | undefined,
  resources: Resources,
  task: Task,
): Promise<{ paths: string[] }> {
  const recipients = await findRecipients(ask.recipients ?? project?.recipients ?? [], resources);
  const { sign, requireSignature } = project?.settings ?? {};
  if (requireSignature && !sign) throw wouldBeRefused();
  const signing = sign ? await findSigner(sign, resources, task.ask) : undefined;
  const sessionKeys = await resources.sessionKeys(task, project?.settings);
  for (const folder of new Set(ask.files.map(dirname))) await sweepParts(folder);
  const sizes = await Promise.all(
    ask.files.map((file) =>
      stat(file).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const paths: string[] = [];
  let before = 0;
  for (const [index, file] of ask.files.entries()) {
    const onRead = (bytes: number) =>
      task.report({ phase: 'writing', done: before + bytes, total, unit: 'bytes', item: basename(file) });
    const options = { recipients, signing, sessionKeys, home: resources.home, onRead };
    paths.push((await reencryptFile(file, options, task)).path);
    before += sizes[index]!;
  }
  return { paths };
}

function wouldBeRefused(): BackupError {
  return new BackupError(
    'usage',
    'Restores here require a signature, and there is no key to sign with: the new file would be refused.',
    'Set dbbackup.sign.',
  );
}
