import { BackupError } from '../errors.ts';
import type { Warning } from '../task.ts';
import type { GnuPG } from './gnupg.ts';
import type { KeyInfo } from './keyInfo.ts';
import type { Keyring } from './keyring.ts';

/** The keys at hand, and what is the matter with where they are kept. */
export interface KeyList {
  keys: KeyInfo[];
  warnings: Warning[];
  /** Whether this machine has a gpg. */
  gnupg: boolean;
}

/** The keyring's keys and GnuPG's; one that is in both is listed once. Where gpg fails, the keyring's are there still. */
export async function listKeys(keyring: Keyring, gnupg: GnuPG | undefined): Promise<KeyList> {
  const own = (await keyring.list()).map(({ info }) => info);
  const warnings = [...keyring.warnings];
  const theirs = await keysOf(gnupg, warnings);
  const both = own.map((info) => {
    const twin = theirs.find(({ fingerprint }) => fingerprint === info.fingerprint);
    return twin ? { ...info, secret: info.secret || twin.secret, source: 'both' as const } : info;
  });
  const rest = theirs.filter(({ fingerprint }) => !own.some((info) => info.fingerprint === fingerprint));
  const keys = [...both, ...rest].sort((a, b) => a.created.localeCompare(b.created));
  return { keys, warnings, gnupg: gnupg !== undefined };
}

async function keysOf(gnupg: GnuPG | undefined, warnings: Warning[]): Promise<KeyInfo[]> {
  try {
    return gnupg ? (await gnupg.list()).map(({ info }) => info) : [];
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    const { message, hint } = error;
    warnings.push({ code: 'gnupg-failed', message, ...(hint === undefined ? {} : { hint }) });
    return [];
  }
}
