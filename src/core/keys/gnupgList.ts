import type { KeyInfo, KeyUse, SubkeyInfo } from './keyInfo.ts';

export interface GnuPgKey {
  info: KeyInfo;
  /** Long ids of the key and its subkeys. */
  keyIds: string[];
}

/** The number of a field in a record, from 1 (GnuPG's doc/DETAILS). */
const field = {
  type: 1,
  validity: 2,
  length: 3,
  algorithm: 4,
  keyId: 5,
  created: 6,
  expires: 7,
  userId: 10,
  capabilities: 12,
  token: 15,
  curve: 17,
} as const;

type Record = (name: keyof typeof field) => string;

/** One key's records: the primary key, its fingerprint, user ids and subkeys. */
interface Block {
  primary: Record;
  fingerprint: string;
  userIds: string[];
  subkeys: Record[];
}

/** Reads `gpg --with-colons --list-keys`, or `--list-secret-keys`: one record a line, fields parted by colons. */
export function parseKeyList(text: string): GnuPgKey[] {
  const blocks: Block[] = [];
  for (const line of text.split(/\r?\n/)) {
    const fields = line.split(':');
    const record: Record = (name) => fields[field[name] - 1] ?? '';
    const block = blocks.at(-1);
    if (['pub', 'sec'].includes(record('type'))) {
      blocks.push({ primary: record, fingerprint: '', userIds: [], subkeys: [] });
    } else if (!block) continue;
    else if (['sub', 'ssb'].includes(record('type'))) block.subkeys.push(record);
    else if (record('type') === 'uid') block.userIds.push(unescaped(record('userId')));
    // The first fingerprint is the primary key's, the others are its subkeys'.
    else if (record('type') === 'fpr') block.fingerprint ||= record('userId');
  }
  return blocks.map(toKey);
}

function toKey({ primary, fingerprint, userIds, subkeys }: Block): GnuPgKey {
  const own = [primary, ...subkeys];
  // In lower case the capabilities of one key stand; a disabled key is fit for nothing.
  const forEncryption = own.filter(
    (record) => record('capabilities').includes('e') && !'ri'.includes(record('validity') || '-'),
  );
  const [shown = primary] = [...forEncryption].reverse();
  const parts = forEncryption.length > 0 ? forEncryption : [primary];
  const info: KeyInfo = {
    fingerprint,
    userIds,
    algorithm: algorithmOf(shown),
    created: isoDate(seconds(primary('created')) ?? 0),
    expires: expiryOf(primary, forEncryption),
    revoked: primary('validity') === 'r',
    canEncrypt: forEncryption.length > 0 && !primary('capabilities').includes('D'),
    secret: primary('type') === 'sec' && parts.some(hasSecret),
    subkeys: subkeys.map(subkeyOf),
    source: 'gnupg',
  };
  return { info, keyIds: own.map((record) => record('keyId')) };
}

const uses: [letter: string, use: KeyUse][] = [
  ['c', 'certify'],
  ['s', 'sign'],
  ['e', 'encrypt'],
  ['a', 'authenticate'],
];

function subkeyOf(record: Record): SubkeyInfo {
  const expires = seconds(record('expires'));
  const revoked = record('validity') === 'r';
  return {
    keyId: record('keyId'),
    algorithm: algorithmOf(record),
    created: isoDate(seconds(record('created')) ?? 0),
    expires: expires === undefined ? null : isoDate(expires),
    revoked,
    uses: uses
      .filter(([letter]) => !revoked && record('capabilities').includes(letter))
      .map(([, use]) => use),
  };
}

/** `+` is at hand, `#` is not, and a serial number names the smartcard it is on. */
function hasSecret(record: Record): boolean {
  return record('token') !== '#';
}

/** When nothing can be encrypted to the key any more: it expires itself, or the last part for encryption does. */
function expiryOf(primary: Record, forEncryption: Record[]): string | null {
  const never = Number.POSITIVE_INFINITY;
  const whole = seconds(primary('expires')) ?? never;
  const last = Math.max(...forEncryption.map((record) => seconds(record('expires')) ?? never));
  const first = forEncryption.length > 0 ? Math.min(whole, last) : whole;
  return first === never ? null : isoDate(first);
}

const algorithms: { [number: string]: string } = { '1': 'rsa', '16': 'elgamal', '17': 'dsa' };

function algorithmOf(record: Record): string {
  const name = algorithms[record('algorithm')] ?? `algorithm ${record('algorithm')} `;
  return record('curve') || `${name}${record('length')}`;
}

function seconds(text: string): number | undefined {
  return /^\d+$/.test(text) && text !== '0' ? Number(text) : undefined;
}

function isoDate(unixSeconds: number): string {
  return new Date(unixSeconds * 1000).toISOString();
}

/** gpg writes colons and other bytes that would break a line as `\x3a`; what is left is UTF-8. */
function unescaped(text: string): string {
  return text.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
