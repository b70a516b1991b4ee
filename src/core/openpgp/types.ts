import type { UnpackLimits } from '../files/unpackLimits.ts';

/** What the OpenPGP room and the keys room agree on. Keys travel as armored text or packets, never as openpgp.js objects. */

/** A public-key encrypted session key in a message's head: who it is for (RFC 4880, 5.1). */
export interface MessageRecipient {
  /** 16 hex digits, upper case; `0000000000000000` for a hidden recipient (`gpg -R`). */
  keyId: string;
  /** OpenPGP public-key algorithm number: 1 RSA, 16 ElGamal, 18 ECDH. */
  algorithm: number;
}

/** A message's head, read without any secret. */
export interface MessageHead {
  recipients: MessageRecipient[];
  /** True when a passphrase alone opens it (`gpg -c`), as well or instead. */
  symmetric: boolean;
  /** True when the file is ASCII-armored. */
  armored: boolean;
  /** The first bytes of the encrypted data: two of them are repeated, which shows a wrong session key (RFC 4880, 5.13). */
  bodyStart: Uint8Array;
}

/** A session key found for a message: the algorithm's number and the key's bytes (RFC 4880, 9.2). */
export interface SessionKey {
  algorithm: number;
  data: Uint8Array;
}

/** Whose signatures count in a signed message, and whether there has to be one. */
export interface SignatureRule {
  /** Public keys, armored. */
  keys: string[];
  required: boolean;
  /** Whether it is to be said where there is none. */
  expected?: boolean;
}

/** What opens a message, and how its signatures are judged; unjudged where no rule is given. */
export interface MessageOpening extends SessionKey {
  signatures?: SignatureRule;
}

/**
 * Finds the session key of a message: the keys room implements it over the keyring and over gpg.
 * @param packets every session-key packet of the message, serialized, in order
 * @throws BackupError no-secret-key (naming the key ids wanted), passphrase-needed, wrong-passphrase
 */
export interface SessionKeySource {
  (head: MessageHead, packets: Uint8Array): Promise<MessageOpening>;
  /** True where nothing but what a key of the keyring signed is to be opened: plain files are not, then. */
  requiresSignature?: boolean;
  expectsSignature?: boolean;
  /** How much a file may unpack to; what is left out is as usual. */
  limits?: Partial<UnpackLimits>;
}
