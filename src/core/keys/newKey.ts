import { BackupError } from '../errors.ts';
import { loadOpenPgp, readableByGnuPG } from '../openpgp/library.ts';
import { periodInSeconds } from './period.ts';
import { breaksUserId, isEmailAddress } from './userId.ts';

export interface NewKey {
  name: string;
  email: string;
  comment?: string;
  algorithm: 'rsa4096' | 'ecc';
  /** `never`, or a period as `2y`, `6m`, `30d`. */
  expires: string;
  /** Empty for none. */
  passphrase: string;
}

/**
 * A key pair that GnuPG 2.2 can import: RSA 4096, or Curve 25519 in its older form. Both armored.
 * @throws BackupError usage
 */
export async function newKeyPair({ name, email, comment, algorithm, expires, passphrase }: NewKey) {
  const userId = { name: name.trim(), email: email.trim(), comment: comment?.trim() || undefined };
  checkUserId(userId);
  const openpgp = await loadOpenPgp();
  return openpgp.generateKey({
    ...(algorithm === 'ecc' ? { type: 'ecc', curve: 'curve25519Legacy' } : { type: 'rsa', rsaBits: 4096 }),
    userIDs: [userId],
    keyExpirationTime: periodInSeconds(expires),
    passphrase: passphrase === '' ? undefined : passphrase,
    format: 'armored',
    config: readableByGnuPG,
  });
}

/** A user id is `Name (comment) <mail>`: what would break it apart stands in none of its parts. */
function checkUserId({ name, email, comment }: { name: string; email: string; comment?: string }): void {
  const refuse = (what: string, hint: string) => {
    throw new BackupError('usage', what, hint);
  };
  if (name === '') refuse('The key needs a name.', 'Write whose key it is.');
  if (breaksUserId(name)) refuse(`"${name}" cannot be a key's name.`, 'Leave out < > ( ) and line breaks.');
  if (!isEmailAddress(email)) refuse(`"${email}" is no e-mail address.`, 'Write one like name@example.org.');
  if (comment !== undefined && breaksUserId(comment))
    refuse(`"${comment}" cannot be a key's comment.`, 'Leave out < > ( ) and line breaks.');
}
