import type { PrivateKey } from 'openpgp';
import { loadOpenPgp, readableByGnuPG } from '../openpgp/library.ts';
import type { Asker } from '../task.ts';
import type { Keyring, StoredKey } from './keyring.ts';
import { periodInSeconds } from './period.ts';
import { unlockedWith } from './unlock.ts';

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

/**
 * Lets a key live on for a period from now, or for ever. Its own signatures are made anew, so it has to be exported again
 * to whoever encrypts to it.
 */
export async function extendKey(
  keyring: Keyring,
  key: StoredKey,
  expires: string,
  now: Date,
  ask: Asker,
): Promise<StoredKey> {
  const openpgp = await loadOpenPgp();
  const { privateKey, passphrase } = await unlockedWith(key, ask);
  const period = periodInSeconds(expires);
  // Counted from the key's creation (RFC 4880, 5.2.3.6).
  const lived = Math.ceil((now.getTime() - privateKey.getCreationTime().getTime()) / 1000);
  const { privateKey: armored } = await openpgp.reformatKey({
    privateKey,
    userIDs: privateKey.getUserIDs().map(parseUserId),
    keyExpirationTime: period === 0 ? 0 : lived + period,
    passphrase: passphrase === '' ? undefined : passphrase,
    format: 'armored',
    config: readableByGnuPG,
  });
  return keyring.replace(armored);
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
  const revoked = await openpgp.revokeKey({ key: privateKey, format: 'object' });
  return keyring.replace(await lockedArmor(revoked.privateKey, passphrase));
}

async function lockedArmor(privateKey: PrivateKey, passphrase: string): Promise<string> {
  if (passphrase === '') return privateKey.armor();
  const openpgp = await loadOpenPgp();
  return (await openpgp.encryptKey({ privateKey, passphrase, config: readableByGnuPG })).armor();
}

/** `Name (comment) <mail>` in its parts, as OpenPGP.js wants it (RFC 4880, 5.11). */
function parseUserId(text: string): { name?: string; email?: string; comment?: string } {
  const match = /^(.*?)(?:\s*\(([^()]*)\))?(?:\s*<([^<>]*)>)?$/.exec(text);
  return { name: match?.[1] || undefined, comment: match?.[2], email: match?.[3] };
}
