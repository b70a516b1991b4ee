import { BackupError } from '../errors.ts';
import { loadOpenPgp } from '../openpgp/library.ts';
import type { GnuPG } from './gnupg.ts';
import { keyFacts } from './keyFacts.ts';
import type { KeyInfo } from './keyInfo.ts';
import { keysNamed } from './keyQuery.ts';
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

async function resolveRecipient(query: string, { keyring, gnupg, now }: KeySources): Promise<Recipient> {
  const own = await keyring.find(query);
  const fitting = own.filter(({ info }) => problemOf(query, info, now) === undefined);
  const [only] = fitting;
  if (only && fitting.length === 1) return { info: only.info, armored: await keyring.export(only, false) };
  if (fitting.length > 1) throw ambiguous(query, fitting);
  const theirs = gnupg ? await fromGnuPG(query, gnupg, now) : undefined;
  if (theirs && !(theirs instanceof BackupError)) return theirs;
  const [unfit] = own;
  throw (unfit && problemOf(query, unfit.info, now)) ?? theirs ?? unknown(query);
}

/** The recipient, or why GnuPG has none; undefined where it knows no such key. */
async function fromGnuPG(
  query: string,
  gnupg: GnuPG,
  now: Date,
): Promise<Recipient | BackupError | undefined> {
  const named = keysNamed(query, await gnupg.list());
  const fitting = named.filter(({ info }) => problemOf(query, info, now) === undefined);
  const [only] = fitting;
  if (fitting.length > 1) throw ambiguous(query, fitting);
  if (!only) return named[0] && problemOf(query, named[0].info, now);
  const armored = await gnupg.exportPublic(only.info.fingerprint);
  // gpg may encrypt to what OpenPGP.js does not: that is told now, not when the backup is half made.
  const facts = await factsOf(armored);
  return problemOf(query, facts, now) ?? { info: only.info, armored };
}

async function factsOf(armoredKey: string): Promise<Omit<KeyInfo, 'source'>> {
  const openpgp = await loadOpenPgp();
  return keyFacts(await openpgp.readKey({ armoredKey }));
}

function problemOf(
  query: string,
  { revoked, expires, canEncrypt, fingerprint }: Omit<KeyInfo, 'source'>,
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
  if (canEncrypt) return undefined;
  return new BackupError(
    'sign-only-recipient',
    `${key} cannot be encrypted to: it can only sign, or is of a kind that is too weak or not known.`,
    other,
  );
}

function ambiguous(query: string, candidates: { info: KeyInfo }[]): BackupError {
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
