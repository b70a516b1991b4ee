import type { Message, PartialConfig } from 'openpgp';
import { BackupError, throwIfCancelled } from '../errors.ts';
import type { Bytes, Warning } from '../task.ts';
import { damagedMessage } from './damaged.ts';
import { headOf, openMessage } from './head.ts';
import { loadOpenPgp, type OpenPgp } from './library.ts';
import { judgeSignatures } from './signatures.ts';
import type { MessageOpening, SessionKeySource } from './types.ts';
import { fromWebStream } from './webStreams.ts';

export interface DecryptionOptions {
  signal: AbortSignal;
  /** Told of what the message's signatures leave open. */
  onWarning?: (warning: Warning) => void;
}

/** By default OpenPGP.js holds a whole message back until it is checked; here the caller waits for the end instead. */
const streaming: PartialConfig = { allowUnauthenticatedStream: true, allowUnauthenticatedMessages: false };

/**
 * Decrypts an OpenPGP message, binary or armored, compressed inside or not. The bytes are NOT to be trusted before the
 * stream has ended without an error: the integrity check stands at the message's end (RFC 4880, 5.14).
 * @throws BackupError not-openpgp, damaged, and what the session-key source throws
 */
export async function* decryptBytes(
  source: Bytes,
  sessionKeys: SessionKeySource,
  { signal, onWarning = () => undefined }: DecryptionOptions,
): AsyncGenerator<Uint8Array> {
  const openpgp = await loadOpenPgp();
  const watch = new EndWatch();
  try {
    const { message, armored } = await openMessage(openpgp, watch.over(source));
    const { head, packets } = await headOf(openpgp, message, armored);
    const key = await sessionKeys(head, packets);
    const { data, signatures } = await watch.orStalled(start(openpgp, message, key));
    const chunks = fromWebStream(data);
    for (;;) {
      const next = await watch.orStalled(chunks.next());
      if (next.done) break;
      throwIfCancelled(signal);
      yield next.value;
    }
    if (key.signatures) await judgeSignatures(signatures, key.signatures, onWarning);
  } catch (error) {
    throw explain(error);
  }
}

async function start(openpgp: OpenPgp, message: Message<Uint8Array>, key: MessageOpening) {
  const algorithm = openpgp.enums.read(openpgp.enums.symmetric, key.algorithm);
  const armored = key.signatures?.keys ?? [];
  const verificationKeys = await Promise.all(armored.map((armoredKey) => openpgp.readKey({ armoredKey })));
  const { data, signatures } = await openpgp.decrypt({
    message,
    sessionKeys: { data: key.data, algorithm },
    verificationKeys,
    format: 'binary',
    config: streaming,
  });
  // Nobody may wait for the verdict, where the message is given up before its end.
  for (const { verified } of signatures) verified.catch(() => undefined);
  return { data: data as unknown, signatures };
}

/** Errors of the source come through OpenPGP.js as they are, some of them wrapped. */
function explain(error: unknown): unknown {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof BackupError) return at;
  return damagedMessage(error);
}

/** A second of nothing, so many times in a row, with all of the source read: the stream will never go on. */
const stalledSeconds = 3;

/**
 * OpenPGP.js waits for ever on some damaged messages (a flipped bit in the first encrypted packet's head does it). All
 * that is left once the source has ended is in memory and comes at once, or not at all.
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
