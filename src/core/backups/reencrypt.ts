import { createHash, randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { rename, stat, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BackupError } from '../errors.ts';
import { fileProblem } from '../files/fileProblem.ts';
import { hashFile } from '../files/hashFile.ts';
import { partPath, syncFolder, type WrittenFile, writeNewFile } from '../files/newFile.ts';
import { closeUnread, peek, readBytes } from '../files/readBytes.ts';
import { tidy } from '../files/tidy.ts';
import type { SessionKeySource } from '../openpgp/types.ts';
import type { Bytes, Task } from '../task.ts';
import { readEntry, removeEntry, writeEntry } from './catalogue.ts';
import { codecs, type EncodeOptions, recognizeWrap } from './codecs.ts';
import { readExtensions } from './name.ts';

export interface ReencryptOptions extends Pick<EncodeOptions, 'recipients' | 'signing'> {
  sessionKeys: SessionKeySource;
  /** `DBBACKUP_HOME`: what the catalogue knows of the file goes along. */
  home: string;
  /** Is told how many bytes of the file were read. */
  onRead?: (bytes: number) => void;
}

/**
 * Encrypts a backup anew, to other recipients: streamed, so that plaintext is never on disk. The old file is replaced only
 * when the old message was authenticated to its end and the new file reads back as it was written. Its time stays: it is
 * the backup's date where the name has none. A signature does not go along; the new message is signed where that is asked.
 * @throws BackupError not-openpgp, no-secret-key, damaged, changed-meanwhile, …
 */
export async function reencryptFile(
  file: string,
  { recipients, signing, sessionKeys, home, onRead }: ReencryptOptions,
  { signal }: Pick<Task, 'signal'>,
): Promise<{ path: string }> {
  const before = await statOf(file);
  const hash = createHash('sha256');
  const { head, bytes } = await peek(noting(readBytes(file, signal, onRead), hash), 64);
  if (recognizeWrap(head) !== 'gpg') {
    await closeUnread(bytes);
    throw new BackupError(
      'not-openpgp',
      `${basename(file)} is not encrypted.`,
      'Encrypt it with dbbackup encrypt.',
    );
  }
  const { content, wraps } = readExtensions(basename(file));
  const compressInMessage = !wraps.includes('gz') && content !== 'zip';
  const plain = codecs.gpg.decode(bytes, { signal, sessionKeys });
  const encrypted = codecs.gpg.encode(plain, { signal, recipients, compressInMessage, signing });
  const aside = basename(partPath(dirname(file), randomBytes(6).toString('hex')));
  const written = await writeNewFile(dirname(file), () => aside, encrypted, signal).finally(() =>
    closeUnread(bytes),
  );
  try {
    await prove(written, file, signal);
    await utimes(written.path, before.atime, before.mtime);
    await requireSame(file, before);
    const oldHash = hash.digest('hex');
    const entry = await readEntry(home, oldHash);
    // Noted first: were this to end here, the old file would still have its own entry.
    if (entry) {
      // What lies elsewhere is the old content.
      const elsewhere = entry.copies ? { copies: {} } : {};
      await writeEntry(home, { ...entry, ...written, ...elsewhere, path: file, mtimeMs: before.mtimeMs });
    }
    await rename(written.path, join(dirname(file), basename(file)));
    await syncFolder(dirname(file));
    if (entry) await removeEntry(home, oldHash);
    return { path: file };
  } finally {
    await tidy(written.path);
  }
}

async function* noting(
  source: Bytes,
  hash: ReturnType<typeof createHash>,
): Bytes & AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hash.update(chunk);
    yield chunk;
  }
}

async function prove({ path, sha256 }: WrittenFile, file: string, signal: AbortSignal): Promise<void> {
  if ((await hashFile(path, signal)).sha256 === sha256) return;
  throw new BackupError(
    'not-proved',
    `${basename(file)} did not read back as it was written; it is as before.`,
  );
}

/** A backup that was deleted or written by somebody else meanwhile is left as they left it. */
async function requireSame(file: string, before: Stats): Promise<void> {
  const now = await stat(file).catch(() => undefined);
  if (now && now.ino === before.ino && now.size === before.size && now.mtimeMs === before.mtimeMs) return;
  throw new BackupError(
    'changed-meanwhile',
    `${basename(file)} was changed or deleted while it was read. Nothing was written.`,
    'Refresh the list and try again.',
  );
}

async function statOf(file: string): Promise<Stats> {
  return stat(file).catch((error: unknown) => {
    throw fileProblem(error, file);
  });
}
