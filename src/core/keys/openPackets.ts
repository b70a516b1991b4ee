import type { PrivateKey, SecretKeyPacket } from 'openpgp';
import { loadOpenPgp } from '../openpgp/library.ts';
import type { SessionKey } from '../openpgp/types.ts';

/** As OpenPGP.js has it; its types keep to themselves what they are for. */
interface SessionKeyPacket {
  /** Absent from packets for a passphrase. */
  publicKeyID?: { isWildcard(): boolean; equals(other: unknown): boolean };
  sessionKey: Uint8Array | null;
  /** Null in packets of version 6, where the encrypted data names its cipher. */
  sessionKeyAlgorithm: number | null;
  decrypt(secret: SecretKeyPacket | string): Promise<void>;
}

/**
 * The session keys that a secret key opens in a message's head. Packet by packet: an old message has to open with a key
 * that was revoked since, has expired, or never said that it likes the cipher, which `decryptSessionKeys` refuses.
 */
export async function openWithKey(
  packets: Uint8Array,
  { keyPacket, subkeys }: PrivateKey,
): Promise<SessionKey[]> {
  const own = [...subkeys.map((subkey) => subkey.keyPacket), keyPacket] as SecretKeyPacket[];
  const usable = own.filter((packet) => packet.isDecrypted() && !packet.isDummy());
  const found: SessionKey[] = [];
  for (const packet of await readPackets(packets)) {
    if (!packet.publicKeyID) continue;
    for (const secret of usable) {
      if (!packet.publicKeyID.isWildcard() && !packet.publicKeyID.equals(secret.getKeyID())) continue;
      found.push(...(await opened(packet, secret)));
    }
  }
  return found;
}

/** The session keys that a passphrase gives: any passphrase gives some, so they are to be tried on the data. */
export async function openWithPassphrase(packets: Uint8Array, passphrase: string): Promise<SessionKey[]> {
  const found: SessionKey[] = [];
  for (const packet of await readPackets(packets)) {
    if (!packet.publicKeyID) found.push(...(await opened(packet, passphrase)));
  }
  return found;
}

async function opened(packet: SessionKeyPacket, secret: SecretKeyPacket | string): Promise<SessionKey[]> {
  try {
    await packet.decrypt(secret);
    if (!packet.sessionKey) return [];
    return [{ data: packet.sessionKey, algorithm: packet.sessionKeyAlgorithm ?? 0 }];
  } catch {
    return [];
  }
}

/** What is no session-key packet that OpenPGP.js understands is left out: another one may open the message. */
async function readPackets(packets: Uint8Array): Promise<SessionKeyPacket[]> {
  const openpgp = await loadOpenPgp();
  const { publicKeyEncryptedSessionKey, symEncryptedSessionKey } = openpgp.enums.packet;
  const allowed = {
    [publicKeyEncryptedSessionKey]: openpgp.PublicKeyEncryptedSessionKeyPacket,
    [symEncryptedSessionKey]: openpgp.SymEncryptedSessionKeyPacket,
  };
  const config = { ...openpgp.config, ignoreMalformedPackets: true };
  const list = await openpgp.PacketList.fromBinary(packets, allowed as never, config);
  return (list as unknown[]).filter(isSessionKeyPacket);
}

function isSessionKeyPacket(packet: unknown): packet is SessionKeyPacket {
  return typeof packet === 'object' && packet !== null && 'sessionKey' in packet && 'decrypt' in packet;
}
