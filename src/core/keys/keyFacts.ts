import type { Key, PrivateKey } from 'openpgp';
import type { KeyInfo } from './keyInfo.ts';

/** What a key tells of itself, by OpenPGP.js. A key whose own signatures do not hold counts as revoked. */
export async function keyFacts(key: Key): Promise<Omit<KeyInfo, 'source'>> {
  const expires = await key.getExpirationTime().catch(() => null);
  const encryption = await key.getEncryptionKey().catch(() => undefined);
  const algorithm = (encryption ?? key).getAlgorithmInfo();
  return {
    fingerprint: key.getFingerprint().toUpperCase(),
    userIds: key.getUserIDs(),
    algorithm: algorithmName(algorithm),
    created: key.getCreationTime().toISOString(),
    expires: expires instanceof Date ? expires.toISOString() : null,
    revoked: await key.isRevoked().catch(() => true),
    canEncrypt: encryption !== undefined || (await hadEncryption(key)),
    secret: key.isPrivate(),
    ...(key.isPrivate() ? { locked: !(key as PrivateKey).isDecrypted() } : {}),
  };
}

/** `rsa4096`, `cv25519`, as GnuPG names them. */
function algorithmName({
  algorithm,
  bits,
  curve,
}: {
  algorithm: string;
  bits?: number;
  curve?: string;
}): string {
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

/** An expired key could encrypt once; a sign-only key never could. That is told apart by its parts, not by today. */
async function hadEncryption(key: Key): Promise<boolean> {
  const at = new Date(key.getCreationTime().getTime() + 1000);
  return key.getEncryptionKey(undefined, at).then(
    () => true,
    () => false,
  );
}

/** Long key ids of a key and its subkeys, 16 hex digits, upper case. */
export function keyIdsOf(key: Key): string[] {
  return key.getKeyIDs().map((id) => id.toHex().toUpperCase());
}

/** Whether what somebody typed names this key: e-mail, user id, key id (8 or 16 digits, with 0x or not), fingerprint. */
export function answersTo(
  query: string,
  { fingerprint, userIds }: Pick<KeyInfo, 'fingerprint' | 'userIds'>,
  keyIds: string[] = [],
): boolean {
  const hex = query.replace(/^0x/i, '').replace(/\s/g, '').toUpperCase();
  if (/^[0-9A-F]{40}$/.test(hex)) return fingerprint === hex;
  if (/^([0-9A-F]{8}|[0-9A-F]{16})$/.test(hex) && [fingerprint, ...keyIds].some((id) => id.endsWith(hex)))
    return true;
  const wanted = query
    .trim()
    .replace(/^<(.*)>$/, '$1')
    .toLowerCase();
  return userIds.some((id) => {
    const mail = /<([^<>]*)>\s*$/.exec(id)?.[1] ?? id;
    return mail.toLowerCase() === wanted || id.toLowerCase() === wanted;
  });
}
