import type { Message, PartialConfig } from 'openpgp';
import { BackupError, throwIfCancelled } from '../errors.ts';
import type { Bytes } from '../task.ts';
import { damagedMessage } from './damaged.ts';
import { headOf, openMessage } from './head.ts';
import { loadOpenPgp, type OpenPgp } from './library.ts';
import type { SessionKeySource } from './types.ts';
import { fromWebStream } from './webStreams.ts';

export interface DecryptionOptions {
  signal: AbortSignal;
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
  { signal }: DecryptionOptions,
): AsyncGenerator<Uint8Array> {
  const openpgp = await loadOpenPgp();
  const { message, armored } = await openMessage(openpgp, source);
  const { head, packets } = headOf(openpgp, message, armored);
  const { algorithm, data } = await sessionKeys(head, packets);
  const content = await start(openpgp, message, { algorithm, data });
  try {
    for await (const chunk of fromWebStream(content)) {
      throwIfCancelled(signal);
      yield chunk;
    }
  } catch (error) {
    throw explain(error);
  }
}

async function start(
  openpgp: OpenPgp,
  message: Message<Uint8Array>,
  key: { algorithm: number; data: Uint8Array },
) {
  const algorithm = openpgp.enums.read(openpgp.enums.symmetric, key.algorithm);
  try {
    const { data } = await openpgp.decrypt({
      message,
      sessionKeys: { data: key.data, algorithm },
      format: 'binary',
      config: streaming,
    });
    return data;
  } catch (error) {
    throw explain(error);
  }
}

/** The source's own errors come through OpenPGP.js as they are, some of them wrapped. */
function explain(error: unknown): unknown {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof BackupError) return at;
  return damagedMessage(error);
}
