import type { Message } from 'openpgp';
import { parallelDeflate } from '../files/gzip.ts';
import type { Bytes } from '../task.ts';
import { loadOpenPgp, type OpenPgp, readableByGnuPG } from './library.ts';
import { literalPacket } from './literalPacket.ts';
import { fromWebStream, toWebStream } from './webStreams.ts';

export interface EncryptionOptions {
  /** Public keys, armored. */
  recipients: string[];
  /** Deflate inside the message, as gpg does. */
  compress: boolean;
  /** A secret key, armored, and its passphrase (empty for none), where the message is to be signed. */
  signing?: { armored: string; passphrase: string };
  signal: AbortSignal;
}

/**
 * Encrypts a stream to public keys, as a binary message that GnuPG 2.2 reads (RFC 4880: SEIPD version 1, literal data,
 * optionally compressed by ZIP). Nothing is held but a few blocks.
 */
export async function* encryptBytes(source: Bytes, options: EncryptionOptions): AsyncGenerator<Uint8Array> {
  const openpgp = await loadOpenPgp();
  const encryptionKeys = await Promise.all(
    options.recipients.map((armoredKey) => openpgp.readKey({ armoredKey })),
  );
  const { message, signingKeys, compression } = await prepare(openpgp, source, options);
  const encrypted = await openpgp.encrypt({
    message,
    encryptionKeys,
    signingKeys,
    format: 'binary',
    config: { ...readableByGnuPG, preferredCompressionAlgorithm: compression },
  });
  yield* fromWebStream(encrypted);
}

async function prepare(openpgp: OpenPgp, source: Bytes, { compress, signing, signal }: EncryptionOptions) {
  const { zip, uncompressed } = openpgp.enums.compression;
  if (compress && !signing)
    return { message: compressedMessage(openpgp, source, signal), compression: uncompressed };
  const message = await openpgp.createMessage({ binary: toWebStream(source) as never });
  if (!signing) return { message, compression: uncompressed };
  const locked = await openpgp.readPrivateKey({ armoredKey: signing.armored });
  const signingKeys = locked.isDecrypted()
    ? locked
    : await openpgp.decryptKey({ privateKey: locked, passphrase: signing.passphrase });
  return { message, signingKeys, compression: compress ? zip : uncompressed };
}

/**
 * OpenPGP.js compresses in slow JavaScript on one core; the packet is given ready-made instead: its content is deflated
 * natively, in parallel blocks, and goes in as the packet's own stream (RFC 4880, 5.6).
 */
function compressedMessage(openpgp: OpenPgp, source: Bytes, signal: AbortSignal): Message<Uint8Array> {
  const packet = new openpgp.CompressedDataPacket();
  const deflated = toWebStream(parallelDeflate(literalPacket(source), { signal }));
  Object.assign(packet, { algorithm: openpgp.enums.compression.zip, compressed: deflated });
  const packets = new openpgp.PacketList<InstanceType<OpenPgp['CompressedDataPacket']>>();
  packets.push(packet);
  return new openpgp.Message(packets as never) as Message<Uint8Array>;
}
