/** What people are told of a key. */
export interface KeyInfo {
  /** 40 hex digits, upper case. */
  fingerprint: string;
  userIds: string[];
  /** `rsa4096`, `cv25519`, … of the encryption subkey, or of the primary where there is none. */
  algorithm: string;
  /** ISO 8601 in UTC. */
  created: string;
  /** ISO 8601 in UTC; null for never. */
  expires: string | null;
  revoked: boolean;
  canEncrypt: boolean;
  /** True when a secret half is at hand in `source`. */
  secret: boolean;
  /** True when the secret half is locked by a passphrase; undefined where that is not known. */
  locked?: boolean;
  /** True where the secret half was made here and never left this machine: what is lost with it opens no more. */
  neverExported?: true;
  /** True where GnuPG 2.2 cannot import it: of RFC 9580's newer format. */
  notForGnuPG?: true;
  /** In the order in which they stand in the key. */
  subkeys: SubkeyInfo[];
  source: 'keyring' | 'gnupg' | 'both';
}

export type KeyUse = 'certify' | 'sign' | 'encrypt' | 'authenticate';

export interface SubkeyInfo {
  /** 16 hex digits, upper case. */
  keyId: string;
  algorithm: string;
  /** ISO 8601 in UTC. */
  created: string;
  /** ISO 8601 in UTC; null for never, or as long as the key itself. */
  expires: string | null;
  revoked: boolean;
  uses: KeyUse[];
}
