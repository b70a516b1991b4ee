import type { PrivateKey } from 'openpgp';
import { loadOpenPgp, readableByGnuPG } from '../openpgp/library.ts';
import type { Asker } from '../task.ts';
import type { Keyring, StoredKey } from './keyring.ts';
import { requirePrimary, unlockedWith } from './unlock.ts';

/** Puts a secret key under another passphrase; an empty one leaves it unlocked. Asks for the one it has. */
export async function changePassphrase(
  keyring: Keyring,
  key: StoredKey,
  passphrase: string,
  ask: Asker,
): Promise<StoredKey> {
  const { privateKey } = await unlockedWith(key, ask);
  return keyring.replace(await lockedArmor(privateKey, passphrase));
}

/** Revokes a key for good, by the certificate made with it where there is one, else by its secret half. */
export async function revokeKey(keyring: Keyring, key: StoredKey, ask: Asker): Promise<StoredKey> {
  const openpgp = await loadOpenPgp();
  const certificate = await keyring.revocationCertificate(key);
  if (certificate !== undefined) {
    const whole = await openpgp.readKey({ armoredKey: key.armored });
    const revoked = await openpgp.revokeKey({
      key: whole as PrivateKey,
      revocationCertificate: certificate,
      format: 'object',
    });
    return keyring.replace((revoked.privateKey ?? revoked.publicKey).armor());
  }
  const { privateKey, passphrase } = await unlockedWith(key, ask);
  requirePrimary(privateKey, key);
  const revoked = await openpgp.revokeKey({ key: privateKey, format: 'object' });
  return keyring.replace(await lockedArmor(revoked.privateKey, passphrase));
}

/** Armored, and under a passphrase again where it had one. */
export async function lockedArmor(privateKey: PrivateKey, passphrase: string): Promise<string> {
  if (passphrase === '') return privateKey.armor();
  const openpgp = await loadOpenPgp();
  return (await openpgp.encryptKey({ privateKey, passphrase, config: readableByGnuPG })).armor();
}
