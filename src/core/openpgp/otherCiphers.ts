import type { PartialConfig } from 'openpgp';
import { asError, BackupError } from '../errors.ts';
import type { Bytes } from '../task.ts';
import { changed, damaged } from './damaged.ts';
import type { OpenedMessage } from './head.ts';
import { loadOpenPgp } from './library.ts';
import type { SignatureVerdict } from './signatures.ts';
import { streamedPacket } from './streamedPacket.ts';
import type { MessageOpening } from './types.ts';
import { fromWebStream, toWebStream } from './webStreams.ts';

/** By default OpenPGP.js holds a whole message back until it is checked; here the caller waits for the end instead. */
const streaming: PartialConfig = { allowUnauthenticatedStream: true, allowUnauthenticatedMessages: false };

/**
 * The content of messages that are not encrypted by AES with a hash (old ciphers, AEAD), by OpenPGP.js: slower, but it
 * knows them all. The bytes end without an error only where the integrity check passed.
 * @throws BackupError damaged, engine-cannot
 */
export function decryptByLibrary(
  message: OpenedMessage,
  key: MessageOpening,
): { bytes: Bytes; verdicts(): Promise<SignatureVerdict[]> } {
  const signatures: SignatureVerdict[] = [];
  return { bytes: decrypted(message, key, signatures), verdicts: async () => signatures };
}

async function* decrypted(
  { data, packets }: OpenedMessage,
  key: MessageOpening,
  signatures: SignatureVerdict[],
): AsyncGenerator<Uint8Array> {
  const watch = new EndWatch();
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield packets;
    yield* streamedPacket(data.tag, watch.over(data.bytes));
  }
  try {
    const { data: content, signatures: found } = await watch.orStalled(start(toWebStream(whole()), key));
    for (const { verified } of found) verified.catch(() => undefined);
    signatures.push(...found);
    const chunks = fromWebStream(content);
    for (;;) {
      const next = await watch.orStalled(chunks.next());
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    throw explain(error);
  }
}

async function start(binaryMessage: unknown, key: MessageOpening) {
  const openpgp = await loadOpenPgp();
  const message = await openpgp.readMessage({ binaryMessage: binaryMessage as never });
  const armored = key.signatures?.keys ?? [];
  return openpgp.decrypt({
    message,
    sessionKeys: { data: key.data, algorithm: openpgp.enums.read(openpgp.enums.symmetric, key.algorithm) },
    verificationKeys: await Promise.all(armored.map((armoredKey) => openpgp.readKey({ armoredKey }))),
    format: 'binary',
    config: streaming,
  });
}

/** Errors of the source come through OpenPGP.js as they are, some of them wrapped. */
function explain(error: unknown): unknown {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof BackupError) return at;
  const reason = asError(error).message;
  // Of a changed message OpenSSL says "Unsupported state or unable to authenticate data".
  if (/modification detected|authenticate/i.test(reason)) return changed();
  if (/invalid enum value|not supported|unsupported/i.test(reason)) {
    return new BackupError(
      'engine-cannot',
      'This message is encrypted by a cipher that is not known here.',
      'Decrypt it with gpg --decrypt, and use the file that comes out.',
      { cause: error },
    );
  }
  return damaged(error);
}

/** So many seconds in a row of nothing, with all of the source read: the stream will never go on. */
const stalledSeconds = 3;

/**
 * OpenPGP.js waits for ever on some damaged messages. All that is left once the source has ended is in memory and comes
 * at once, or not at all.
 */
class EndWatch {
  #ended = false;

  async *over(source: Bytes): AsyncGenerator<Uint8Array> {
    yield* source;
    this.#ended = true;
  }

  async orStalled<T>(work: Promise<T>): Promise<T> {
    let idle = 0;
    let timer: NodeJS.Timeout | undefined;
    const stalled = new Promise<never>((_, reject) => {
      // Counted in steps: a machine that slept in between must not look like a stream that stands still.
      timer = setInterval(() => {
        idle = this.#ended ? idle + 1 : 0;
        if (idle >= stalledSeconds) reject(new Error('The message does not go on.'));
      }, 1000);
    });
    try {
      return await Promise.race([work, stalled]);
    } finally {
      clearInterval(timer);
    }
  }
}
