import type { Config, Message, PrivateKey } from 'openpgp';
import { asError, BackupError } from '../errors.ts';
import { parallelDeflate } from '../files/gzip.ts';
import type { Bytes } from '../task.ts';
import { loadOpenPgp, type OpenPgp, recipientConfig } from './library.ts';
import { tags } from './packets.ts';
import { protectInThread } from './protectInThread.ts';
import { compressedPacket, literalPacket, streamedPacket } from './streamedPacket.ts';
import { fromWebStream, toWebStream } from './webStreams.ts';

export interface EncryptionOptions {
  /** Public keys, armored. */
  recipients: string[];
  /** Deflate inside the message, as gpg does. */
  compress: boolean;
  /** zlib's level for that. */
  level?: number | undefined;
  /** A secret key, armored, and its passphrase (empty for none), where the message is to be signed. */
  signing?: { armored: string; passphrase: string };
  /** Script of a thread that encrypts; without it that is done in this one. */
  thread?: string | undefined;
  signal: AbortSignal;
}

/**
 * Encrypts a stream to public keys, as a binary message that GnuPG 2.2 reads (RFC 4880: SEIPD version 1, literal data,
 * optionally signed and compressed by ZIP). Nothing is held but a few blocks. OpenPGP.js makes what keys are needed for,
 * the session-key packets and the signature; the data is encrypted natively.
 * @throws BackupError no-secret-key where the key to sign with cannot sign
 */
export async function* encryptBytes(source: Bytes, options: EncryptionOptions): AsyncGenerator<Uint8Array> {
  const content = source[Symbol.asyncIterator]();
  try {
    const openpgp = await loadOpenPgp();
    const config = recipientConfig(openpgp);
    const encryptionKeys = await Promise.all(
      options.recipients.map((armoredKey) => openpgp.readKey({ armoredKey })),
    );
    const { data, algorithm } = await openpgp.generateSessionKey({ encryptionKeys, config });
    yield (await openpgp.encryptSessionKey({
      data,
      algorithm,
      encryptionKeys,
      format: 'binary',
      config,
    })) as Uint8Array;
    const packets = packetsOf(openpgp, { [Symbol.asyncIterator]: () => content }, options, config);
    const key = { algorithm: openpgp.enums.symmetric[algorithm], data };
    yield* streamedPacket(tags.protected, protectInThread(packets, key, options.thread, options.signal));
  } finally {
    // OpenPGP.js does not always cancel what it reads from.
    await content.return?.();
  }
}

async function* packetsOf(
  openpgp: OpenPgp,
  source: Bytes,
  { signing, compress, level, signal }: EncryptionOptions,
  config: Config,
): AsyncGenerator<Uint8Array> {
  const packets = signing ? await signed(openpgp, source, signing, config) : literalPacket(source);
  yield* compress ? compressedPacket(parallelDeflate(packets, { signal, level })) : packets;
}

/** One-pass signature, literal data and signature (RFC 4880, 11.3), hashed while they pass. */
async function signed(
  openpgp: OpenPgp,
  source: Bytes,
  { armored, passphrase }: NonNullable<EncryptionOptions['signing']>,
  config: Config,
): Promise<Bytes> {
  const locked = await openpgp.readPrivateKey({ armoredKey: armored });
  const privateKey = locked.isDecrypted()
    ? locked
    : await openpgp.decryptKey({ privateKey: locked, passphrase });
  await requireSigner(privateKey, config);
  const message = (await openpgp.createMessage({
    binary: toWebStream(source) as never,
  })) as Message<Uint8Array>;
  const all = await message.sign([privateKey], undefined, undefined, undefined, undefined, undefined, config);
  return fromWebStream(all.write());
}

async function requireSigner(key: PrivateKey, config: Config): Promise<void> {
  try {
    await key.getSigningKey(undefined, undefined, undefined, config);
  } catch (error) {
    const reason = asError(error).message;
    throw new BackupError(
      'no-secret-key',
      `The key ${key.getFingerprint().toUpperCase()} cannot sign: ${reason}.`,
      'Choose another key to sign with.',
      { cause: error },
    );
  }
}
