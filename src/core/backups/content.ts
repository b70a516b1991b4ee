import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { BackupError } from '../errors.ts';
import { magicBytes, magicOf } from '../files/magic.ts';
import { endingToo, peek, readBytes } from '../files/readBytes.ts';
import { withinLimits } from '../files/unpackLimits.ts';
import { missingSignature, unsigned } from '../openpgp/signatures.ts';
import type { Bytes, Warning } from '../task.ts';
import { codecs, type DecodeOptions, recognizeWrap } from './codecs.ts';
import { readExtensions, type WrapExtension } from './name.ts';

export type ContentKind = 'dump' | 'image' | 'tar' | 'zip';

/** A backup opened to what it holds. The bytes are to be trusted only when they ended without an error. */
export interface OpenedBackup {
  kind: ContentKind;
  bytes: Bytes;
  encrypted: boolean;
  compressed: boolean;
  /** Filled while the bytes are read: what signatures leave open. */
  warnings: Warning[];
}

/** `.tar.gz.gpg` is three; more than this is nobody's backup. */
const mostWraps = 4;

/**
 * Opens a backup file from the outside in. The first bytes decide what each layer is; the name only says what must be
 * there: something called `.gpg` that is not encrypted is refused, since whoever stores backups could have put it there.
 * @param onRead bytes read of the file so far
 * @throws BackupError no-such-file, not-openpgp, damaged, no-secret-key, passphrase-needed, wrong-passphrase
 */
export async function openBackup(
  path: string,
  options: DecodeOptions & { onRead?: (bytes: number) => void },
): Promise<OpenedBackup> {
  const file = readBytes(path, options.signal, options.onRead);
  try {
    const opened = await unwrapped(path, file, options);
    return { ...opened, bytes: endingToo(opened.bytes, file) };
  } catch (error) {
    // Layers that were never asked for anything do not end what they read from.
    await file.return(undefined);
    throw error;
  }
}

async function unwrapped(path: string, file: Bytes, options: DecodeOptions): Promise<OpenedBackup> {
  const { wraps } = readExtensions(basename(path));
  const found: WrapExtension[] = [];
  const warnings: Warning[] = [];
  const onWarning = (warning: Warning) => void warnings.push(warning);
  let bytes = file;
  for (;;) {
    const { head, bytes: whole } = await peek(bytes, magicBytes);
    const wrap = recognizeWrap(head);
    if (!wrap) {
      if (meansEncrypted(wraps) && !found.includes('gpg')) throw notEncrypted(path);
      const kind = recognizeContent(head);
      const [encrypted, compressed] = [found.includes('gpg'), found.includes('gz')];
      if (!encrypted && options.sessionKeys.requiresSignature)
        throw missingSignature('This backup is not encrypted, so it is not signed either');
      if (!encrypted && options.sessionKeys.expectsSignature) onWarning(unsigned());
      return { kind, bytes: await limited(path, whole, found, options), encrypted, compressed, warnings };
    }
    if (found.length === mostWraps) {
      throw new BackupError('over-limit', `${basename(path)} is wrapped more than ${mostWraps} times.`);
    }
    found.push(wrap);
    bytes = codecs[wrap].decode(whole, { ...options, onWarning });
  }
}

/** What was packed must not unpack to more than anything honest does. */
async function limited(
  path: string,
  bytes: Bytes,
  wraps: WrapExtension[],
  { sessionKeys }: DecodeOptions,
): Promise<Bytes> {
  if (wraps.length === 0) return bytes;
  return withinLimits(bytes, basename(path), (await stat(path)).size, sessionKeys.limits);
}

function meansEncrypted(wraps: WrapExtension[]): boolean {
  return wraps.includes('gpg') || wraps.includes('asc');
}

/** A name that promises encryption over content that has none. */
export function notEncrypted(path: string): BackupError {
  return new BackupError(
    'not-openpgp',
    `${basename(path)} is named as an encrypted file, but it is not an OpenPGP message.`,
    'Check where the file came from. If you trust it, rename it to what it is (such as .dump) and try again.',
  );
}

/** A `.dump` may be a raw SQLite image (django-dbbackup's SqliteCPConnector), so names are not asked. */
function recognizeContent(head: Uint8Array): ContentKind {
  const magic = magicOf(head);
  if (magic === 'sqlite') return 'image';
  return magic === 'zip' || magic === 'tar' ? magic : 'dump';
}
