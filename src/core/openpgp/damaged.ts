import { BackupError } from '../errors.ts';

const another = 'Take another copy of this backup, or an older one.';

/** Bytes that stand where no OpenPGP message has them. */
export function damaged(cause?: unknown): BackupError {
  return new BackupError('damaged', 'The encrypted file is damaged.', another, { cause });
}

export function cutOff(): BackupError {
  return new BackupError('damaged', 'The encrypted file is cut off: its end is missing.', another);
}

/** The integrity check failed (RFC 4880, 5.14). */
export function changed(): BackupError {
  return new BackupError(
    'damaged',
    'The encrypted file was changed after it was made: its integrity check failed.',
    another,
  );
}

/** Encrypted data without the integrity check of RFC 4880 (5.13). */
export function unprotected(): BackupError {
  return new BackupError(
    'damaged',
    'This message has no integrity protection, so nobody can tell whether it was changed.',
    'Make it anew with a current GnuPG, or decrypt it with gpg --ignore-mdc-error if you trust it.',
  );
}
