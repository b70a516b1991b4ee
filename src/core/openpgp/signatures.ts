import { asError, BackupError } from '../errors.ts';
import type { Warning } from '../task.ts';
import type { SignatureRule } from './types.ts';

/** One signature of a message, as OpenPGP.js gives it: the verdict comes when the message was read to its end. */
export interface SignatureVerdict {
  keyID: { toHex(): string };
  verified: Promise<unknown>;
}

/**
 * Judges the signatures of a message that was read to its end (RFC 4880, 5.2). A wrong one is always refused; a missing
 * one, or one that nobody here can vouch for, only where the rule wants one, and said where it expects one.
 * @throws BackupError wrong-signature, missing-signature
 */
export async function judgeSignatures(
  signatures: SignatureVerdict[],
  { required, expected }: SignatureRule,
  warn: (warning: Warning) => void,
): Promise<void> {
  if (signatures.length === 0) {
    if (required) throw missingSignature('This backup is not signed');
    if (expected) warn(unsigned());
    return;
  }
  let known = false;
  for (const { keyID, verified } of signatures) {
    const id = keyID.toHex().toUpperCase();
    try {
      await verified;
      known = true;
    } catch (error) {
      const reason = asError(error).message;
      if (isMismatch(reason)) throw wrong(id, error);
      warn(/could not find signing key/i.test(reason) ? unknownSigner(id) : doubtful(id, reason));
    }
  }
  if (required && !known) throw missingSignature('This backup is not signed by a valid key of yours');
}

/** The content is not what was signed. Everything else is about the key: revoked since, expired, unknown. */
function isMismatch(reason: string): boolean {
  return /signed digest did not match|signature verification failed/i.test(reason);
}

/** What to say of a backup without a signature where the project signs its own. */
export function unsigned(): Warning {
  return {
    code: 'not-signed',
    message:
      'This backup is not signed, and this project signs its backups: anybody with your public key can have made it.',
    hint: 'Check where it came from.',
  };
}

function unknownSigner(id: string): Warning {
  return {
    code: 'unknown-signer',
    message: `This backup is signed by a key that is not in your keyring (${id}), so nobody can tell by whom.`,
    hint: 'Import the public key of whoever makes the backups.',
  };
}

function doubtful(id: string, reason: string): Warning {
  return {
    code: 'doubtful-signature',
    message: `The signature by ${id} cannot be relied on: ${reason}.`,
    hint: 'Ask whoever makes the backups which key is the right one.',
  };
}

function wrong(id: string, cause: unknown): BackupError {
  return new BackupError(
    'wrong-signature',
    `The signature by ${id} is wrong: this backup is not what was signed.`,
    'Do not use it. Take another copy, or an older backup.',
    { cause },
  );
}

/** A signature is wanted and not there. */
export function missingSignature(what: string): BackupError {
  return new BackupError(
    'missing-signature',
    `${what}, and the settings ask for it.`,
    'Check where it came from, or set dbbackup.requireSignature to false for this once.',
  );
}
