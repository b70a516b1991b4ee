import { BackupError } from '../errors.ts';

/** What OpenPGP.js says of a message that does not hold together, in words for people. */
export function damagedMessage(cause: unknown): BackupError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (/not authenticated/i.test(reason)) {
    return new BackupError(
      'damaged',
      'This message has no integrity protection, so nobody can tell whether it was changed.',
      'Make it anew with a current GnuPG, or decrypt it with gpg --ignore-mdc-error if you trust it.',
      { cause },
    );
  }
  const what = /modification detected/i.test(reason)
    ? 'The encrypted file was changed after it was made'
    : 'The encrypted file is damaged or cut off';
  return new BackupError(
    'damaged',
    `${what}: its integrity check failed.`,
    'Take another copy of this backup, or an older one.',
    { cause },
  );
}
