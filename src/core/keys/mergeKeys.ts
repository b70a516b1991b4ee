import type { Key, SecretKeyPacket } from 'openpgp';

export interface MergedKey {
  key: Key;
  /** True where the public half has a subkey for which the secret half here has none. */
  lacksSubkey: boolean;
}

/**
 * Two copies of one key as one: newer signatures, user ids and revocations come in, and the secret half that holds more
 * leads. OpenPGP.js mixes public subkeys into secret keys, and cannot read what it wrote then: they are left out.
 */
export async function mergeKeys(known: Key, incoming: Key): Promise<MergedKey> {
  const [base, other] =
    secretParts(incoming).length > secretParts(known).length ? [incoming, known] : [known, incoming];
  const update = other.toPublic();
  if (!base.isPrivate()) return { key: await base.update(update), lacksSubkey: false };
  const own = new Set(base.subkeys.map((subkey) => subkey.getFingerprint()));
  const missing = update.subkeys.filter((subkey) => !own.has(subkey.getFingerprint()));
  update.subkeys = update.subkeys.filter((subkey) => !missing.includes(subkey));
  return { key: await base.update(update), lacksSubkey: missing.length > 0 };
}

/** Secret packets that are there; a smartcard's or an offline key's stub is not. */
function secretParts(key: Key): SecretKeyPacket[] {
  if (!key.isPrivate()) return [];
  const packets = [key.keyPacket, ...key.subkeys.map(({ keyPacket }) => keyPacket)] as SecretKeyPacket[];
  return packets.filter((packet) => !packet.isDummy());
}
