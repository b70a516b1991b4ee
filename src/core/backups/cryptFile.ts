import { basename, dirname, extname, join } from 'node:path';
import { BackupError } from '../errors.ts';
import { systemCode } from '../files/fileProblem.ts';
import { writeNewFile } from '../files/newFile.ts';
import { closeUnread, peek, readBytes } from '../files/readBytes.ts';
import type { SessionKeySource } from '../openpgp/types.ts';
import type { Bytes, Task } from '../task.ts';
import { codecs, recognizeWrap } from './codecs.ts';

const packed = new Set([
  '.gz',
  '.tgz',
  '.zip',
  '.gpg',
  '.asc',
  '.xz',
  '.zst',
  '.bz2',
  '.7z',
  '.png',
  '.jpg',
  '.jpeg',
  '.mp4',
]);

/** Encrypts any file to public keys (armored), into `output` or the name with `.gpg` added. The file itself stays. */
export async function encryptFile(
  file: string,
  output: string | undefined,
  recipients: string[],
  task: Task,
): Promise<{ path: string }> {
  const compressInMessage = !packed.has(extname(file).toLowerCase());
  const encode = { signal: task.signal, recipients, compressInMessage };
  return writeOnce(output ?? `${file}.gpg`, codecs.gpg.encode(readWithProgress(file, task), encode), task);
}

/** Decrypts any OpenPGP file into `output` or the name without its ending. It appears only once it is authenticated. */
export async function decryptFile(
  file: string,
  output: string | undefined,
  sessionKeys: SessionKeySource,
  task: Task,
): Promise<{ path: string }> {
  const { head, bytes } = await peek(readWithProgress(file, task), 64);
  if (recognizeWrap(head) !== 'gpg') {
    await closeUnread(bytes);
    throw new BackupError(
      'not-openpgp',
      `${basename(file)} is not an OpenPGP message.`,
      'Check that it is the file you mean.',
    );
  }
  const decoded = codecs.gpg.decode(bytes, { signal: task.signal, sessionKeys });
  return writeOnce(output ?? plainName(file), decoded, task).finally(() => closeUnread(bytes));
}

function plainName(file: string): string {
  const name = basename(file).replace(/\.(gpg|pgp|asc)$/i, '');
  return join(dirname(file), name === basename(file) ? `${name}.decrypted` : name);
}

function readWithProgress(file: string, task: Task): Bytes {
  return readBytes(file, task.signal, (done) => task.report({ phase: 'reading', done, unit: 'bytes' }));
}

async function writeOnce(path: string, bytes: Bytes, task: Task): Promise<{ path: string }> {
  try {
    const once = (attempt: number) => (attempt === 0 ? basename(path) : undefined);
    return { path: (await writeNewFile(dirname(path), once, bytes, task.signal)).path };
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    throw new BackupError('target-exists', `${path} exists already.`, 'Name another file with --output.');
  }
}
