import type { PrivateKey, SecretKeyPacket, SignaturePacket } from 'openpgp';
import { BackupError } from '../errors.ts';
import { loadOpenPgp, type OpenPgp } from '../openpgp/library.ts';
import type { Asker } from '../task.ts';
import { lockedArmor } from './changeKey.ts';
import type { Keyring, StoredKey } from './keyring.ts';
import { periodInSeconds } from './period.ts';
import { requirePrimary, unlockedWith } from './unlock.ts';

/**
 * Lets a key live on for a period from now, or for ever: it and the subkeys that would end before. Its own signatures are
 * made anew, so it has to be exported again to whoever encrypts to it. What is revoked stays revoked.
 * @throws BackupError usage, revoked-recipient, no-secret-key, passphrase-needed, wrong-passphrase
 */
export async function extendKey(
  keyring: Keyring,
  key: StoredKey,
  expires: string,
  now: Date,
  ask: Asker,
): Promise<StoredKey> {
  const period = periodInSeconds(expires);
  if (key.info.revoked) throw revoked(key);
  const openpgp = await loadOpenPgp();
  const { privateKey, passphrase } = await unlockedWith(key, ask);
  requirePrimary(privateKey, key);
  const signer = new Signer(openpgp, privateKey.keyPacket as SecretKeyPacket, period, now);
  for (const user of privateKey.users) await extendUser(user, signer);
  for (const subkey of privateKey.subkeys) await extendSubkey(subkey, signer);
  // What is signed of the key itself may have its expiry as well, and GnuPG heeds the latest of all (RFC 4880, 5.2.3.3).
  const direct = (privateKey as unknown as { directSignatures?: SignaturePacket[] }).directSignatures ?? [];
  for (const [index, signature] of direct.entries()) {
    if (signature.keyExpirationTime !== null) direct[index] = await signer.renewed(signature, {});
  }
  return keyring.replace(await lockedArmor(privateKey, passphrase));
}

class Signer {
  readonly #openpgp: OpenPgp;
  readonly #period: number;
  readonly key: SecretKeyPacket;
  readonly now: Date;

  /** @param period seconds from now; 0 for ever */
  constructor(openpgp: OpenPgp, key: SecretKeyPacket, period: number, now: Date) {
    this.#openpgp = openpgp;
    this.key = key;
    this.#period = period;
    this.now = now;
  }

  /** The newest of the signatures that hold. */
  async newest(signatures: readonly SignaturePacket[], data: object): Promise<SignaturePacket | undefined> {
    const sorted = signatures.toSorted((a, b) => Number(b.created) - Number(a.created));
    for (const signature of sorted) {
      const holds = signature.verify(this.key, signature.signatureType as number, {
        key: this.key,
        ...data,
      });
      if (
        await holds.then(
          () => true,
          () => false,
        )
      )
        return signature;
    }
    return undefined;
  }

  /**
   * The same said again, with the new expiry.
   * @param created of what expires: its life is counted from there (RFC 4880, 5.2.3.6)
   */
  async renewed(
    signature: SignaturePacket,
    data: object,
    created = this.key.created,
  ): Promise<SignaturePacket> {
    const { SignaturePacket: Packet, enums, config } = this.#openpgp;
    const { sha1, md5, ripemd, sha512 } = enums.hash;
    const lived = Math.ceil((this.now.getTime() - created.getTime()) / 1000);
    const weak = [sha1, md5, ripemd].includes(signature.hashAlgorithm ?? sha1);
    const fresh: SignaturePacket = Object.assign(new Packet(), signature, {
      keyExpirationTime: this.#period === 0 ? null : lived + this.#period,
      keyNeverExpires: this.#period === 0,
      signatureExpirationTime: null,
      signatureNeverExpires: true,
      hashAlgorithm: weak ? sha512 : signature.hashAlgorithm,
      // OpenPGP.js puts its salt among the notations and refuses to sign where there is one.
      rawNotations: signature.rawNotations.filter(({ name }) => !name.startsWith('salt@')),
    });
    const sign = fresh.sign as unknown as (
      key: SecretKeyPacket,
      data: object,
      date: Date,
      detached: boolean,
      settings: object,
    ) => Promise<void>;
    await sign.call(fresh, this.key, { key: this.key, ...data }, this.now, false, config);
    return fresh;
  }
}

async function extendUser(user: PrivateKey['users'][number], signer: Signer): Promise<void> {
  const data = { userID: user.userID, userAttribute: user.userAttribute };
  const newest = await signer.newest(user.selfCertifications, data);
  if (!newest || (await user.isRevoked(newest, signer.key, signer.now))) return;
  user.selfCertifications = [await signer.renewed(newest, data)];
}

async function extendSubkey(subkey: PrivateKey['subkeys'][number], signer: Signer): Promise<void> {
  const data = { bind: subkey.keyPacket };
  const newest = await signer.newest(subkey.bindingSignatures, data);
  if (!newest?.keyExpirationTime || (await subkey.isRevoked(newest, signer.key, signer.now))) return;
  subkey.bindingSignatures = [await signer.renewed(newest, data, subkey.getCreationTime())];
}

function revoked({ info }: StoredKey): BackupError {
  return new BackupError(
    'revoked-recipient',
    `The key ${info.fingerprint} is revoked, which cannot be taken back: it cannot live on.`,
    'Make another one with dbbackup keys generate.',
  );
}
