import type { Config, Message, PrivateKey } from 'openpgp';
import { BackupError } from '../errors.ts';
import { parallelDeflate } from '../files/gzip.ts';
import type { Bytes } from '../task.ts';
import { loadOpenPgp, type OpenPgp, recipientConfig } from './library.ts';
import { literalPacket } from './streamedPacket.ts';
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
 * optionally signed and compressed by ZIP). Nothing is held but a few blocks.
 * @throws BackupError no-secret-key where the key to sign with cannot sign
 */
export async function* encryptBytes(source: Bytes, options: EncryptionOptions): AsyncGenerator<Uint8Array> {
  const openpgp = await loadOpenPgp();
  const config = recipientConfig(openpgp);
  const encryptionKeys = await Promise.all(
    options.recipients.map((armoredKey) => openpgp.readKey({ armoredKey })),
  );
  const content = source[Symbol.asyncIterator]();
  try {
    const message = await prepare(openpgp, { [Symbol.asyncIterator]: () => content }, options, config);
    yield* fromWebStream(await openpgp.encrypt({ message, encryptionKeys, format: 'binary', config }));
  } finally {
    // OpenPGP.js does not always cancel what it reads from.
    await content.return?.();
  }
}

async function prepare(
  openpgp: OpenPgp,
  source: Bytes,
  { signing, compress, signal }: EncryptionOptions,
  config: Config,
): Promise<Message<Uint8Array>> {
  if (compress && !signing) return compressedMessage(openpgp, literalPacket(source), signal);
  const message = (await openpgp.createMessage({
    binary: toWebStream(source) as never,
  })) as Message<Uint8Array>;
  if (!signing) return message;
  const signed = await sign(openpgp, message, signing, config);
  return compress ? compressedMessage(openpgp, fromWebStream(signed.write()), signal) : signed;
}

/** One-pass signature, literal data and signature (RFC 4880, 11.3), hashed while they pass. */
async function sign(
  openpgp: OpenPgp,
  message: Message<Uint8Array>,
  { armored, passphrase }: NonNullable<EncryptionOptions['signing']>,
  config: Config,
): Promise<Message<Uint8Array>> {
  const locked = await openpgp.readPrivateKey({ armoredKey: armored });
  const privateKey = locked.isDecrypted()
    ? locked
    : await openpgp.decryptKey({ privateKey: locked, passphrase });
  await requireSigner(privateKey, config);
  return message.sign([privateKey], undefined, undefined, undefined, undefined, undefined, config);
}

async function requireSigner(key: PrivateKey, config: Config): Promise<void> {
  try {
    await key.getSigningKey(undefined, undefined, undefined, config);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BackupError(
      'no-secret-key',
      `The key ${key.getFingerprint().toUpperCase()} cannot sign: ${reason}.`,
      'Choose another key to sign with.',
      { cause: error },
    );
  }
}

/**
 * OpenPGP.js compresses in slow JavaScript on one core; the packet is given ready-made instead: its content is deflated
 * natively, in parallel blocks, and goes in as the packet's own stream (RFC 4880, 5.6).
 */
function compressedMessage(openpgp: OpenPgp, content: Bytes, signal: AbortSignal): Message<Uint8Array> {
  const packet = new openpgp.CompressedDataPacket();
  const deflated = toWebStream(parallelDeflate(content, { signal }));
  Object.assign(packet, { algorithm: openpgp.enums.compression.zip, compressed: deflated });
  const packets = new openpgp.PacketList<InstanceType<OpenPgp['CompressedDataPacket']>>();
  packets.push(packet);
  return new openpgp.Message(packets as never) as Message<Uint8Array>;
}
