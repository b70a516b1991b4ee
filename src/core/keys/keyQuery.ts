import type { KeyInfo } from './keyInfo.ts';

/** As much of a key as it can be named by. */
export interface NamedKey {
  info: Pick<KeyInfo, 'fingerprint' | 'userIds'>;
  /** Of the key and its subkeys, 16 hex digits. */
  keyIds: string[];
}

/**
 * The keys that what somebody typed names, as GnuPG takes it: e-mail, user id, key id (8 or 16 digits, with 0x or not) or
 * fingerprint; where none of these fits, a part of the user id.
 */
export function keysNamed<T extends NamedKey>(query: string, keys: readonly T[]): T[] {
  const exact = keys.filter((key) => isExactly(query, key));
  if (exact.length > 0) return exact;
  const part = query.trim().toLowerCase();
  if (part.length < 2) return [];
  return keys.filter(({ info }) => info.userIds.some((id) => id.toLowerCase().includes(part)));
}

function isExactly(query: string, { info: { fingerprint, userIds }, keyIds }: NamedKey): boolean {
  // `!` asks gpg for one subkey; the key that it belongs to is meant.
  const hex = query.trim().replace(/^0x/i, '').replace(/!$/, '').replace(/\s/g, '').toUpperCase();
  if (/^([0-9A-F]{40}|[0-9A-F]{64})$/.test(hex))
    return fingerprint === hex || keyIds.includes(hex.slice(-16));
  if (/^([0-9A-F]{8}|[0-9A-F]{16})$/.test(hex) && [fingerprint, ...keyIds].some((id) => id.endsWith(hex)))
    return true;
  const wanted = query
    .trim()
    .replace(/^=/, '')
    .replace(/^<(.*)>$/, '$1')
    .toLowerCase();
  return userIds.some((id) => id.toLowerCase() === wanted || emailOf(id).toLowerCase() === wanted);
}

/** The address in `Name (comment) <mail>`, or all of a user id that is nothing else. */
export function emailOf(userId: string): string {
  return /<([^<>]*)>\s*$/.exec(userId)?.[1] ?? userId;
}
