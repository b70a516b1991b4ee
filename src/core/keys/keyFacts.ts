import type { Key, SecretKeyPacket, SignaturePacket } from 'openpgp';
import { loadOpenPgp, type OpenPgp, recipientConfig } from '../openpgp/library.ts';
import type { KeyInfo, KeyUse, SubkeyInfo } from './keyInfo.ts';

/** The primary key or a subkey, where it is meant for encryption and was not revoked. */
interface EncryptionPart {
  packet: Key['keyPacket'];
  /** Milliseconds since 1970; Infinity for never. */
  expires: number;
  algorithm: ReturnType<Key['getAlgorithmInfo']>;
}

/** What a key tells of itself, by OpenPGP.js. A key whose own signatures do not hold counts as revoked. */
export async function keyFacts(key: Key): Promise<Omit<KeyInfo, 'source'>> {
  const openpgp = await loadOpenPgp();
  const parts = await encryptionParts(openpgp, key);
  const expires = Math.min(await primaryExpiry(key), ...lastExpiry(parts));
  const usable = await key.getEncryptionKey(undefined, undefined, undefined, recipientConfig(openpgp)).then(
    () => true,
    () => false,
  );
  const expired = expires <= Date.now();
  return {
    fingerprint: key.getFingerprint().toUpperCase(),
    userIds: key.getUserIDs(),
    algorithm: algorithmName((parts[0]?.algorithm ?? key.getAlgorithmInfo()) as AlgorithmInfo),
    created: key.getCreationTime().toISOString(),
    expires: Number.isFinite(expires) ? new Date(expires).toISOString() : null,
    revoked: await key.isRevoked().catch(() => true),
    // Expired is another reason not to encrypt to it than that it never was for that.
    canEncrypt: usable || (expired && parts.length > 0),
    ...secretFacts(key, parts),
    subkeys: await Promise.all(key.subkeys.map((subkey) => subkeyFacts(openpgp, subkey))),
  };
}

async function subkeyFacts(openpgp: OpenPgp, subkey: Key['subkeys'][number]): Promise<SubkeyInfo> {
  const created = subkey.getCreationTime();
  // Without a date an expired one is told like any other; what is not bound to the key counts as revoked.
  const signature = await subkey.verify(null as never).catch(() => undefined);
  const expires = signature && expiryOf(subkey.keyPacket, signature);
  return {
    keyId: subkey.getKeyID().toHex().toUpperCase(),
    algorithm: algorithmName(subkey.getAlgorithmInfo() as AlgorithmInfo),
    created: created.toISOString(),
    expires: expires !== undefined && Number.isFinite(expires) ? new Date(expires).toISOString() : null,
    revoked: signature === undefined,
    uses: signature ? usesOf(openpgp, signature) : [],
  };
}

function usesOf({ enums }: OpenPgp, { keyFlags }: SignaturePacket): KeyUse[] {
  const { certifyKeys, signData, encryptCommunication, encryptStorage, authentication } = enums.keyFlags;
  const uses: [KeyUse, number][] = [
    ['certify', certifyKeys],
    ['sign', signData],
    ['encrypt', encryptCommunication | encryptStorage],
    ['authenticate', authentication],
  ];
  return uses.filter(([, flags]) => ((keyFlags?.[0] ?? 0) & flags) !== 0).map(([use]) => use);
}

/** Without its secret encryption part a secret key opens nothing: smartcards leave a stub in the key that gpg exports. */
function secretFacts(key: Key, parts: EncryptionPart[]): Pick<KeyInfo, 'secret' | 'locked'> {
  if (!key.isPrivate()) return { secret: false };
  const packets = parts.length > 0 ? parts.map(({ packet }) => packet) : [key.keyPacket];
  const own = (packets as SecretKeyPacket[]).filter((packet) => 'isDummy' in packet && !packet.isDummy());
  return own.length === 0
    ? { secret: false }
    : { secret: true, locked: own.some((packet) => !packet.isDecrypted()) };
}

async function encryptionParts(openpgp: OpenPgp, key: Key): Promise<EncryptionPart[]> {
  const part = (packet: Key['keyPacket'], signature: SignaturePacket | undefined): EncryptionPart[] =>
    signature && isForEncryption(openpgp, packet, signature)
      ? [{ packet, expires: expiryOf(packet, signature), algorithm: packet.getAlgorithmInfo() }]
      : [];
  const parts: EncryptionPart[] = [];
  for (const subkey of key.subkeys) {
    // Without a date nothing has expired yet; revoked ones and those that are not bound to the key are refused.
    const signature = await subkey.verify(null as never).catch(() => undefined);
    parts.push(...part(subkey.keyPacket as never, signature));
  }
  const user = await key.getPrimaryUser(null as never).catch(() => undefined);
  return [...parts, ...part(key.keyPacket, user?.selfCertification)];
}

/** RFC 4880, 9.1 and 5.2.3.21; keys of old say nothing of what they are for. */
function isForEncryption(
  openpgp: OpenPgp,
  { algorithm }: Key['keyPacket'],
  { keyFlags }: SignaturePacket,
): boolean {
  const { publicKey, keyFlags: flags } = openpgp.enums;
  const { rsaEncryptSign, rsaEncrypt, elgamal, ecdh, x25519, x448 } = publicKey;
  if (![rsaEncryptSign, rsaEncrypt, elgamal, ecdh, x25519, x448].includes(algorithm)) return false;
  return !keyFlags || (keyFlags[0]! & (flags.encryptCommunication | flags.encryptStorage)) !== 0;
}

function expiryOf(
  packet: { created: Date },
  { keyExpirationTime, keyNeverExpires }: SignaturePacket,
): number {
  return keyNeverExpires === false && keyExpirationTime
    ? packet.created.getTime() + keyExpirationTime * 1000
    : Number.POSITIVE_INFINITY;
}

function lastExpiry(parts: EncryptionPart[]): number[] {
  return parts.length === 0 ? [] : [Math.max(...parts.map(({ expires }) => expires))];
}

async function primaryExpiry(key: Key): Promise<number> {
  const time = await key.getExpirationTime().catch(() => null);
  return time instanceof Date ? time.getTime() : Number.POSITIVE_INFINITY;
}

interface AlgorithmInfo {
  algorithm: string;
  bits?: number;
  curve?: string;
}

/** `rsa4096`, `cv25519`, as GnuPG names them. */
function algorithmName({ algorithm, bits, curve }: AlgorithmInfo): string {
  if (bits) return `${algorithm.replace(/(EncryptSign|Encrypt|Sign)$/, '')}${bits}`;
  const curves: Record<string, string> = {
    curve25519Legacy: 'cv25519',
    ed25519Legacy: 'ed25519',
    nistP256: 'nistp256',
    nistP384: 'nistp384',
    nistP521: 'nistp521',
  };
  return curve ? (curves[curve] ?? curve) : algorithm;
}

/** Whether GnuPG 2.2 can import a key: version 4, and none of the algorithms that came with RFC 9580. */
export function isForGnuPG(key: Key): boolean {
  const firstNewAlgorithm = 25;
  return [key.keyPacket, ...key.subkeys.map(({ keyPacket }) => keyPacket)].every(
    ({ version, algorithm }) => version === 4 && algorithm < firstNewAlgorithm,
  );
}

/** Long key ids of a key and its subkeys, 16 hex digits, upper case. */
export function keyIdsOf(key: Key): string[] {
  return key.getKeyIDs().map((id) => id.toHex().toUpperCase());
}
