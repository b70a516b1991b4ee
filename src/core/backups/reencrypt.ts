import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BackupError } from '../errors.ts';
import { hashFile, partPath, syncFolder, writeNewFile } from '../files/newFile.ts';
import { peek, readBytes } from '../files/readBytes.ts';
import type { SessionKeySource } from '../openpgp/types.ts';
import type { Task } from '../task.ts';
import { codecs, recognizeWrap } from './codecs.ts';
import { readExtensions } from './name.ts';

/**
 * Encrypts a backup anew, to other recipients: streamed, so that plaintext is never on disk. The old file is replaced only
 * when the old message was authenticated to its end and the new file reads back as it was written.
 * @param recipients public keys, armored
 */
export async function reencryptFile(
  file: string,
  recipients: string[],
  sessionKeys: SessionKeySource,
  task: Task,
): Promise<{ path: string }> {
  const { signal } = task;
  const source = readBytes(file, signal, (done) =>
    task.report({ phase: 'reading', done, unit: 'bytes', item: basename(file) }),
  );
  const { head, bytes } = await peek(source, 64);
  if (recognizeWrap(head) !== 'gpg') {
    await bytes[Symbol.asyncIterator]().return?.();
    throw new BackupError(
      'not-openpgp',
      `${basename(file)} is not encrypted.`,
      'Encrypt it with dbbackup encrypt.',
    );
  }
  const { content, wraps } = readExtensions(basename(file));
  const compressInMessage = !wraps.includes('gz') && content !== 'zip';
  const plain = codecs.gpg.decode(bytes, { signal, sessionKeys });
  const encrypted = codecs.gpg.encode(plain, { signal, recipients, compressInMessage });
  const aside = basename(partPath(dirname(file), randomBytes(6).toString('hex')));
  const written = await writeNewFile(dirname(file), () => aside, encrypted, signal);
  try {
    const { sha256 } = await hashFile(written.path, signal);
    if (sha256 !== written.sha256) {
      throw new BackupError(
        'not-proved',
        `${basename(file)} did not read back as it was written; it is as before.`,
      );
    }
    await rename(written.path, join(dirname(file), basename(file)));
    await syncFolder(dirname(file));
    return { path: file };
  } finally {
    await rm(written.path, { force: true });
  }
}
