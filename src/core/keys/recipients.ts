import { BackupError } from '../errors.ts';
import type { GnuPG } from './gnupg.ts';
import { answersTo } from './keyFacts.ts';
import type { KeyInfo } from './keyInfo.ts';
import type { Keyring } from './keyring.ts';

export interface Recipient {
  info: KeyInfo;
  /** The public key. */
  armored: string;
}

export interface KeySources {
  keyring: Keyring;
  gnupg: GnuPG | undefined;
  now: Date;
}

/**
 * The public keys that e-mail addresses, key ids or fingerprints name, from the user's own keyrings, ours first. Nothing
 * that cannot be encrypted to is passed over in silence.
 * @throws BackupError unknown-recipient, ambiguous-recipient, expired-recipient, revoked-recipient, sign-only-recipient
 */
export async function resolveRecipients(
  queries: readonly string[],
  sources: KeySources,
): Promise<Recipient[]> {
  const found: Recipient[] = [];
  for (const query of queries) {
    const recipient = await resolveRecipient(query, sources);
    if (!found.some(({ info }) => info.fingerprint === recipient.info.fingerprint)) found.push(recipient);
  }
  return found;
}

interface Candidate {
  info: KeyInfo;
  armored(): Promise<string>;
}

async function resolveRecipient(query: string, { keyring, gnupg, now }: KeySources): Promise<Recipient> {
  const candidates = await ownCandidates(query, keyring);
  if (candidates.length === 0 && gnupg) candidates.push(...(await gnupgCandidates(query, gnupg)));
  const fit = candidates.filter(({ info }) => problemOf(query, info, now) === undefined);
  const [only] = fit;
  if (only && fit.length === 1) return { info: only.info, armored: await only.armored() };
  if (fit.length > 1) throw ambiguous(query, fit);
  const [unfit] = candidates;
  throw (unfit && problemOf(query, unfit.info, now)) ?? unknown(query);
}

async function ownCandidates(query: string, keyring: Keyring): Promise<Candidate[]> {
  return (await keyring.find(query)).map((key) => ({
    info: key.info,
    armored: () => keyring.export(key, false),
  }));
}

async function gnupgCandidates(query: string, gnupg: GnuPG): Promise<Candidate[]> {
  return (await gnupg.list())
    .filter(({ info, keyIds }) => answersTo(query, info, keyIds))
    .map(({ info }) => ({ info, armored: () => gnupg.exportPublic(info.fingerprint) }));
}

function problemOf(
  query: string,
  { revoked, expires, canEncrypt, fingerprint }: KeyInfo,
  now: Date,
): BackupError | undefined {
  const key = `The key ${fingerprint} (${query})`;
  const other = 'Choose another key, or make one with dbbackup keys generate.';
  if (revoked) return new BackupError('revoked-recipient', `${key} is revoked.`, other);
  if (expires !== null && Date.parse(expires) <= now.getTime()) {
    return new BackupError(
      'expired-recipient',
      `${key} expired on ${expires.slice(0, 10)}.`,
      'Extend it where its secret half is and import it again, or choose another key.',
    );
  }
  if (!canEncrypt) return new BackupError('sign-only-recipient', `${key} can only sign, not encrypt.`, other);
  return undefined;
}

function ambiguous(query: string, candidates: Candidate[]): BackupError {
  const list = candidates.map(({ info }) => `${info.fingerprint} ${info.userIds[0] ?? ''}`.trim()).join('; ');
  return new BackupError(
    'ambiguous-recipient',
    `Several keys answer to ${query}: ${list}.`,
    'Name one by its fingerprint.',
  );
}

function unknown(query: string): BackupError {
  return new BackupError(
    'unknown-recipient',
    `No key answers to ${query}.`,
    'Import it with dbbackup keys import, or make one with dbbackup keys generate.',
  );
}
