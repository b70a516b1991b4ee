import type { KeyInfo } from './keyInfo.ts';

export interface GnuPgKey {
  info: KeyInfo;
  /** Long ids of the key and its subkeys. */
  keyIds: string[];
}

const algorithms: Record<string, string> = { '1': 'rsa', '16': 'elgamal', '17': 'dsa' };

/** Reads `gpg --with-colons --list-keys` (GnuPG's doc/DETAILS): one record a line, fields parted by colons. */
export function parseKeyList(text: string): GnuPgKey[] {
  const keys: GnuPgKey[] = [];
  let current: GnuPgKey | undefined;
  let wantsFingerprint = false;
  for (const line of text.split('\n')) {
    const fields = line.split(':');
    const field = (number: number) => fields[number - 1] ?? '';
    switch (field(1)) {
      case 'pub':
      case 'sec':
        current = { info: primary(field), keyIds: [field(5)] };
        keys.push(current);
        wantsFingerprint = true;
        break;
      case 'sub':
      case 'ssb':
        current?.keyIds.push(field(5));
        if (current && field(12).includes('e') && !'ire'.includes(field(2) || '-'))
          current.info.algorithm = algorithmOf(field);
        break;
      case 'fpr':
        if (current && wantsFingerprint) current.info.fingerprint = field(10);
        wantsFingerprint = false;
        break;
      case 'uid':
        current?.info.userIds.push(unescaped(field(10)));
    }
  }
  return keys;
}

type Fields = (number: number) => string;

function primary(field: Fields): KeyInfo {
  return {
    fingerprint: '',
    userIds: [],
    algorithm: algorithmOf(field),
    created: isoDate(field(6)) ?? new Date(0).toISOString(),
    expires: isoDate(field(7)) ?? null,
    revoked: field(2) === 'r',
    // In upper case the capabilities of the whole key stand, subkeys that are fit for use included.
    canEncrypt: field(12).includes('E') || field(12).includes('e'),
    secret: false,
    source: 'gnupg',
  };
}

function algorithmOf(field: Fields): string {
  return field(17) !== '' ? field(17) : `${algorithms[field(4)] ?? `algorithm ${field(4)}`}${field(3)}`;
}

function isoDate(seconds: string): string | undefined {
  return /^\d+$/.test(seconds) && seconds !== '0'
    ? new Date(Number(seconds) * 1000).toISOString()
    : undefined;
}

/** gpg writes colons and other bytes that would break a line as `\x3a`; what is left is UTF-8. */
function unescaped(text: string): string {
  return text.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
