import { BackupError } from '../errors.ts';
import { peek } from '../files/readBytes.ts';
import type { Bytes } from '../task.ts';
import { armorHeadBytes, dearmor, isArmored } from './armor.ts';
import { cutOff, damaged } from './damaged.ts';
import { type Packet, PacketReader, packetBytes, tags, wholeBody } from './packets.ts';
import { prefixBytes } from './protectedData.ts';
import type { MessageHead, MessageRecipient } from './types.ts';

/** A message read up to its encrypted data. */
export interface OpenedMessage {
  head: MessageHead;
  /** The session-key packets, serialized. */
  packets: Uint8Array;
  /** The packet that holds the encrypted data, unread. */
  data: { tag: number; version: number; bytes: Bytes };
  /** What stands behind the encrypted data. */
  reader: PacketReader;
}

/** Session-key packets of one message; more than anybody encrypts to. */
const mostSessionKeys = 1000;

/** What a message's head says without any secret: whom it is for. The rest of the stream is left unread. */
export async function readHead(source: Bytes): Promise<MessageHead> {
  const { head, reader } = await openMessage(source);
  await reader.close();
  return head;
}

/**
 * Reads a message, binary or armored, up to its encrypted data. The source is ended where this fails.
 * @throws BackupError not-openpgp, damaged
 */
export async function openMessage(source: Bytes): Promise<OpenedMessage> {
  const { head, bytes } = await peek(source, armorHeadBytes);
  const armored = isArmored(head);
  const reader = new PacketReader(armored ? dearmor(bytes) : bytes);
  try {
    if (!armored && ((head[0] ?? 0) & 0x80) === 0) throw notOpenPgp();
    return await readUpToData(reader, armored);
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function readUpToData(reader: PacketReader, armored: boolean): Promise<OpenedMessage> {
  const recipients: MessageRecipient[] = [];
  const packets: Buffer[] = [];
  for (let count = 0; count < mostSessionKeys; count++) {
    const packet = await reader.next();
    if (!packet) throw count === 0 ? notOpenPgp() : cutOff();
    if (isSessionKey(packet.tag)) {
      const body = await wholeBody(packet);
      if (!isKnown(packet.tag, body[0])) continue;
      packets.push(packetBytes(packet.tag, body));
      if (packet.tag === tags.publicKeySessionKey) recipients.push(recipientOf(body));
    } else if (isData(packet.tag)) {
      if (packets.length === 0) throw damaged();
      const data = await begin(packet);
      const symmetric = packets.length > recipients.length;
      return {
        head: { recipients, symmetric, armored, bodyStart: data.start },
        packets: Buffer.concat(packets),
        data,
        reader,
      };
    } else if (packet.tag === tags.marker || packet.tag === tags.padding) await wholeBody(packet);
    else throw notOpenPgp();
  }
  throw damaged();
}

function isSessionKey(tag: number): boolean {
  return tag === tags.publicKeySessionKey || tag === tags.passphraseSessionKey;
}

/** One of a version unknown here is passed over, as another may open the message (RFC 9580, 10.3.2.1). */
function isKnown(tag: number, version: number | undefined): boolean {
  const known = tag === tags.publicKeySessionKey ? [3, 6] : [4, 5, 6];
  return version !== undefined && known.includes(version);
}

function isData(tag: number): boolean {
  return tag === tags.protected || tag === tags.aead || tag === tags.unprotected;
}

/** Version 3 (RFC 4880, 5.1) names a key id, version 6 (RFC 9580, 5.1.2) a fingerprint, of which ids are the end or start. */
function recipientOf(body: Buffer): MessageRecipient {
  const [version] = body;
  if (version === 3 && body.length > 10) return { keyId: hex(body.subarray(1, 9)), algorithm: body[9]! };
  const length = body[1];
  if (version !== 6 || length === undefined || body.length < 3 + length) throw damaged();
  const fingerprint = body.subarray(3, 2 + length);
  const keyId = body[2] === 4 ? fingerprint.subarray(-8) : fingerprint.subarray(0, 8);
  return { keyId: length === 0 ? '0'.repeat(16) : hex(keyId), algorithm: body[2 + length]! };
}

function hex(bytes: Buffer): string {
  return bytes.toString('hex').toUpperCase();
}

/** The data's version, where it has one, and its first bytes, which are given back to the stream. */
async function begin({ tag, body }: Packet): Promise<OpenedMessage['data'] & { start: Uint8Array }> {
  const { head, bytes } = await peek(body, 1 + prefixBytes);
  const version = tag === tags.unprotected ? 0 : head[0];
  if (version === undefined) throw cutOff();
  const protectedByHash = tag === tags.protected && version === 1;
  return { tag, version, bytes, start: protectedByHash ? head.subarray(1) : new Uint8Array() };
}

function notOpenPgp(): BackupError {
  return new BackupError(
    'not-openpgp',
    'This is not an encrypted OpenPGP message.',
    'Check that it is the file you mean.',
  );
}
