import { createGunzip } from 'node:zlib';
import { BackupError } from '../errors.ts';
import { parallelGzip } from '../files/gzip.ts';
import { magicOf } from '../files/magic.ts';
import { through } from '../files/through.ts';
import { decryptBytes } from '../openpgp/decrypt.ts';
import { encryptBytes } from '../openpgp/encrypt.ts';
import type { SessionKeySource } from '../openpgp/types.ts';
import type { Bytes, Warning } from '../task.ts';
import type { WrapExtension } from './name.ts';

export interface EncodeOptions {
  signal: AbortSignal;
  /** Public keys, armored. */
  recipients: string[];
  /** False where the content is compressed already: deflating it again only costs time. */
  compressInMessage: boolean;
  /** zlib's, where something is compressed; what suits a dump where left out. */
  level?: number;
  /** Script of a thread that encrypts. */
  thread?: string | undefined;
  /** Armored secret key and its passphrase, where the message is to be signed. */
  signing?: { armored: string; passphrase: string };
}

export interface DecodeOptions {
  signal: AbortSignal;
  sessionKeys: SessionKeySource;
  /** Told of what a message's signatures leave open. */
  onWarning?: (warning: Warning) => void;
}

/** One extension of a name that wraps what stands before it: a pair of streams. A new format is one more row here. */
export interface Codec {
  encode(source: Bytes, options: EncodeOptions): Bytes;
  decode(source: Bytes, options: DecodeOptions): Bytes;
}

const openpgp: Codec = {
  encode: (source, { compressInMessage, ...options }) =>
    encryptBytes(source, { ...options, compress: compressInMessage }),
  decode: (source, { sessionKeys, signal, onWarning }) =>
    decryptBytes(source, sessionKeys, { signal, onWarning }),
};

export const codecs: Record<WrapExtension, Codec> = {
  gz: {
    encode: (source, { signal, level }) => parallelGzip(source, { signal, level }),
    decode: (source) => through(source, createGunzip({ chunkSize: 1 << 18 }), gzipProblem),
  },
  gpg: openpgp,
  asc: openpgp,
};

function gzipProblem(error: unknown): unknown {
  if (error instanceof BackupError) return error;
  return new BackupError(
    'damaged',
    'The gzip data is damaged or cut off.',
    'Take another copy of this backup, or an older one.',
    { cause: error },
  );
}

/** Which wrap the first bytes announce; undefined for content. */
export function recognizeWrap(head: Uint8Array): 'gz' | 'gpg' | undefined {
  if (magicOf(head) === 'gzip') return 'gz';
  if (
    Buffer.from(head.subarray(0, 64)).toString('latin1').trimStart().startsWith('-----BEGIN PGP MESSAGE-----')
  )
    return 'gpg';
  return isMessageTag(head[0]) ? 'gpg' : undefined;
}

/** Tags a message may begin with, old and new packet format (RFC 4880, 4.2): session keys, encrypted data, marker. */
function isMessageTag(byte: number | undefined): boolean {
  if (byte === undefined || byte < 0x80) return false;
  const tag = byte & 0x40 ? byte & 0x3f : (byte >> 2) & 0x0f;
  return [1, 3, 9, 10, 18, 20].includes(tag) && byte !== 0xef;
}
