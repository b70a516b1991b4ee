import { throwIfCancelled } from '../errors.ts';
import type { Bytes, Warning } from '../task.ts';
import { readContent } from './content.ts';
import { changed, damaged, unprotected } from './damaged.ts';
import { type OpenedMessage, openMessage } from './head.ts';
import { MessageSignatures } from './messageSignatures.ts';
import { decryptByLibrary } from './otherCiphers.ts';
import { tags } from './packets.ts';
import { decryptProtected, isAes } from './protectedData.ts';
import { judgeSignatures, type SignatureVerdict } from './signatures.ts';
import type { MessageOpening, SessionKeySource } from './types.ts';

export interface DecryptionOptions {
  signal: AbortSignal;
  /** Told of what the message's signatures leave open. */
  onWarning?: (warning: Warning) => void;
}

/**
 * Decrypts an OpenPGP message, binary or armored, compressed inside or not, in constant memory. The bytes are NOT to be
 * trusted before the stream has ended without an error: the integrity check stands at the message's end (RFC 4880, 5.14).
 * @throws BackupError not-openpgp, damaged, wrong-signature, missing-signature, and what the session-key source throws
 */
export async function* decryptBytes(
  source: Bytes,
  sessionKeys: SessionKeySource,
  { signal, onWarning = () => undefined }: DecryptionOptions,
): AsyncGenerator<Uint8Array> {
  const message = await openMessage(source);
  try {
    if (message.data.tag === tags.unprotected) throw unprotected();
    const key = await sessionKeys(message.head, message.packets);
    const content = open(message, key);
    for await (const chunk of content.bytes) {
      throwIfCancelled(signal);
      yield chunk;
    }
    if (await message.reader.next()) throw damaged();
    if (key.signatures) await judgeSignatures(await content.verdicts(), key.signatures, onWarning);
  } finally {
    await message.reader.close();
  }
}

interface Content {
  /** Ends without an error only where the integrity check passed. */
  bytes: Bytes;
  /** To be asked at the end. */
  verdicts(): Promise<SignatureVerdict[]>;
}

function open(message: OpenedMessage, key: MessageOpening): Content {
  const { tag, version } = message.data;
  if (version !== 1 && !(tag === tags.protected && version === 2)) throw damaged();
  if (tag !== tags.protected || version !== 1 || !isAes(key)) return decryptByLibrary(message, key);
  const signatures = new MessageSignatures();
  return {
    bytes: decryptPackets(message, key, signatures),
    verdicts: () => signatures.verdicts(key.signatures?.keys ?? []),
  };
}

async function* decryptPackets(
  { data }: OpenedMessage,
  key: MessageOpening,
  signatures: MessageSignatures,
): AsyncGenerator<Uint8Array> {
  let intact = false;
  const packets = decryptProtected(data.bytes, key, () => {
    intact = true;
  });
  yield* readContent(packets, signatures);
  // No error is not enough: the check itself has to have said so.
  if (!intact) throw changed();
}
