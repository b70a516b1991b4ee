import type { ReadableStream } from 'node:stream/web';
import type { Message, PacketList } from 'openpgp';
import { BackupError } from '../errors.ts';
import { peek } from '../files/readBytes.ts';
import type { Bytes } from '../task.ts';
import { damagedMessage } from './damaged.ts';
import { loadOpenPgp, type OpenPgp } from './library.ts';
import type { MessageHead } from './types.ts';
import { fromWebStream, toWebStream } from './webStreams.ts';

/** A block of the largest cipher, and the two bytes that are repeated. */
const bodyStartBytes = 18;
const armorStart = '-----BEGIN PGP MESSAGE-----';

/** What a message's head says without any secret: whom it is for. The rest of the stream is left unread. */
export async function readHead(source: Bytes): Promise<MessageHead> {
  const openpgp = await loadOpenPgp();
  const { message, armored, close } = await openMessage(openpgp, source);
  try {
    return (await headOf(openpgp, message, armored)).head;
  } catch (error) {
    throw error instanceof BackupError ? error : damagedMessage(error);
  } finally {
    await close();
  }
}

/** @throws BackupError not-openpgp */
export async function openMessage(
  openpgp: OpenPgp,
  source: Bytes,
): Promise<{ message: Message<Uint8Array>; armored: boolean; close(): Promise<void> }> {
  const { head, bytes } = await peek(source, 256);
  const armored = Buffer.from(head).toString('latin1').trimStart().startsWith(armorStart);
  const close = async () => void (await bytes[Symbol.asyncIterator]().return?.());
  if (!armored && (head[0] ?? 0) < 0x80) {
    await close();
    throw notOpenPgp();
  }
  try {
    const message = armored
      ? await openpgp.readMessage({ armoredMessage: toWebStream(asText(bytes)) as never })
      : await openpgp.readMessage({ binaryMessage: toWebStream(bytes) as never });
    return { message: message as Message<Uint8Array>, armored, close };
  } catch (error) {
    await close();
    throw error instanceof BackupError ? error : damagedMessage(error);
  }
}

/** @throws BackupError not-openpgp where the message is not encrypted at all */
export async function headOf(
  openpgp: OpenPgp,
  message: Message<Uint8Array>,
  armored: boolean,
): Promise<{ head: MessageHead; packets: Uint8Array }> {
  const { publicKeyEncryptedSessionKey, symEncryptedSessionKey } = openpgp.enums.packet;
  const packets = message.packets as unknown as PacketList<never>;
  const forKeys = packets.filterByTag(publicKeyEncryptedSessionKey) as unknown as RecipientPacket[];
  const forPassphrase = packets.filterByTag(symEncryptedSessionKey);
  if (forKeys.length === 0 && forPassphrase.length === 0) throw notOpenPgp();
  const both = packets.filterByTag(publicKeyEncryptedSessionKey, symEncryptedSessionKey);
  return {
    head: {
      recipients: forKeys.map((packet) => ({
        keyId: packet.publicKeyID.toHex().toUpperCase(),
        algorithm: packet.publicKeyAlgorithm ?? 0,
      })),
      symmetric: forPassphrase.length > 0,
      armored,
      bodyStart: await bodyStartOf(openpgp, packets),
    },
    packets: both.write() as Uint8Array,
  };
}

interface BodyPacket {
  encrypted: ReadableStream<Uint8Array> | Uint8Array | null;
}

/** Looks at the first chunk of the encrypted data and puts it back. */
async function bodyStartOf(openpgp: OpenPgp, packets: PacketList<never>): Promise<Uint8Array> {
  const tag = openpgp.enums.packet.symEncryptedIntegrityProtectedData;
  const [body] = packets.filterByTag(tag) as unknown as BodyPacket[];
  if (!body?.encrypted) return new Uint8Array();
  if (body.encrypted instanceof Uint8Array) return body.encrypted.subarray(0, bodyStartBytes);
  const chunks = fromWebStream(body.encrypted);
  const { head, bytes } = await peek(chunks, bodyStartBytes);
  body.encrypted = toWebStream(bytes);
  return head;
}

interface RecipientPacket {
  publicKeyID: { toHex(): string };
  publicKeyAlgorithm: number | null;
}

async function* asText(bytes: Bytes): AsyncGenerator<string> {
  for await (const chunk of bytes) yield Buffer.from(chunk).toString('latin1');
}

function notOpenPgp(): BackupError {
  return new BackupError(
    'not-openpgp',
    'This is not an encrypted OpenPGP message.',
    'Check that it is the file you mean.',
  );
}
