import type { Config, PartialConfig } from 'openpgp';

export type OpenPgp = typeof import('openpgp');

/** OpenPGP.js, loaded when first asked for: it is large, and most commands do without. */
export function loadOpenPgp(): Promise<OpenPgp> {
  return import('openpgp');
}

/** What GnuPG 2.2 can read: version 4 keys, and messages with the integrity check of RFC 4880 (5.13). */
export const readableByGnuPG: PartialConfig = {
  aeadProtect: false,
  v6Keys: false,
  showVersion: false,
  showComment: false,
};

/** Whom one may encrypt to: also owners of DSA and ElGamal keys, and of keys that do not say what they are for, as with gpg. */
export function recipientConfig({ config }: OpenPgp): Config {
  return { ...config, ...readableByGnuPG, allowMissingKeyFlags: true, rejectPublicKeyAlgorithms: new Set() };
}
