import { createDecipheriv } from 'node:crypto';
import type { PrivateKey } from 'openpgp';
import { BackupError } from '../errors.ts';
import { loadOpenPgp } from '../openpgp/library.ts';
import type { MessageHead, SessionKey, SessionKeySource } from '../openpgp/types.ts';
import type { Asker } from '../task.ts';
import type { GnuPG } from './gnupg.ts';
import { type Keyring, type StoredKey, unlock } from './keyring.ts';

export interface SessionKeyOptions {
  keyring: Keyring;
  gnupg: GnuPG | undefined;
  ask: Asker;
  /** Whether a message has to be signed by a key of the keyring. */
  requireSignature?: boolean;
}

/** How often a wrong passphrase is asked for again. */
const mostAttempts = 3;
const hidden = '0000000000000000';

/** Opens messages with the secret keys of the keyring, else with gpg's, else with a passphrase where the message has one. */
export function createSessionKeySource(options: SessionKeyOptions): SessionKeySource {
  const open: SessionKeySource = async (head, packets) => {
    const found =
      (await fromKeyring(head, packets, options)) ??
      (await fromGnuPG(head, packets, options)) ??
      (await fromPassphrase(head, packets, options));
    const known = await options.keyring.list();
    if (!found) throw noSecretKey(head, known);
    const keys = await Promise.all(known.map((key) => options.keyring.export(key, false)));
    return { ...found, signatures: { keys, required: options.requireSignature === true } };
  };
  return Object.assign(open, { requiresSignature: options.requireSignature === true });
}

async function fromKeyring(head: MessageHead, packets: Uint8Array, { keyring, ask }: SessionKeyOptions) {
  const keys = (await keyring.list()).filter(({ info, keyIds }) => info.secret && isFor(head, keyIds));
  for (const key of keys) {
    const { privateKey } = await unlockedWith(key, ask);
    const found = await openPackets(packets, { decryptionKeys: privateKey });
    if (found) return found;
  }
  return undefined;
}

function isFor({ recipients }: MessageHead, keyIds: string[]): boolean {
  return recipients.some(({ keyId }) => keyId === hidden || keyIds.includes(keyId));
}

/** A secret key in the clear, in memory only, and the passphrase that opened it (empty for none). */
export interface Unlocked {
  privateKey: PrivateKey;
  passphrase: string;
}

/** @throws BackupError no-secret-key, passphrase-needed, wrong-passphrase */
export async function unlockedWith(key: StoredKey, ask: Asker): Promise<Unlocked> {
  const { fingerprint, userIds, secret } = key.info;
  if (!secret) {
    throw new BackupError(
      'no-secret-key',
      `The secret half of ${fingerprint} is not in the keyring.`,
      'Import it with dbbackup keys import.',
    );
  }
  const open = await unlock(key, '');
  if (open) return { privateKey: open, passphrase: '' };
  return attempt(
    (number) => ask.passphrase({ kind: 'key', fingerprint, userId: userIds[0], attempt: number }),
    async (passphrase) => {
      const privateKey = await unlock(key, passphrase);
      return privateKey && { privateKey, passphrase };
    },
    userIds[0] ?? fingerprint,
  );
}

/** An answer that is given twice is one that nobody types: a file or the environment. It is wrong at once then. */
async function attempt<T>(
  question: (number: number) => Promise<string | undefined>,
  tryWith: (passphrase: string) => Promise<T | undefined>,
  whose: string,
): Promise<T> {
  let last: string | undefined;
  for (let number = 1; number <= mostAttempts; number++) {
    const passphrase = await question(number);
    if (passphrase === undefined) throw last === undefined ? needed(whose) : wrong(whose);
    if (passphrase === last) throw wrong(whose);
    const result = await tryWith(passphrase);
    if (result !== undefined) return result;
    last = passphrase;
  }
  throw wrong(whose);
}

async function fromGnuPG(head: MessageHead, packets: Uint8Array, { gnupg, ask }: SessionKeyOptions) {
  if (!gnupg || head.recipients.length === 0) return undefined;
  const keys = await gnupg.list();
  const key = keys.find(({ info, keyIds }) => info.secret && isFor(head, keyIds));
  if (!key) return undefined;
  const found = await gnupg.sessionKey(packets);
  if (found && found !== 'wrong') return found;
  const { fingerprint, userIds } = key.info;
  return attempt(
    (number) => ask.passphrase({ kind: 'key', fingerprint, userId: userIds[0], attempt: number }),
    async (passphrase) => {
      const opened = await gnupg.sessionKey(packets, passphrase);
      return opened === 'wrong' ? undefined : opened;
    },
    userIds[0] ?? fingerprint,
  );
}

async function fromPassphrase(head: MessageHead, packets: Uint8Array, { ask }: SessionKeyOptions) {
  if (!head.symmetric) return undefined;
  return attempt(
    (number) => ask.passphrase({ kind: 'message', attempt: number }),
    async (passphrase) => {
      const found = await openPackets(packets, { passwords: passphrase });
      // Any passphrase gives some key: only the data itself tells the right one.
      return found && opensBody(found, head.bodyStart) ? found : undefined;
    },
    'this file',
  );
}

/** The packets alone are no message for OpenPGP.js: an encrypted body of no use stands behind them. */
async function openPackets(
  packets: Uint8Array,
  secret: { decryptionKeys: PrivateKey } | { passwords: string },
): Promise<SessionKey | undefined> {
  const openpgp = await loadOpenPgp();
  const body = Buffer.concat([Buffer.from([0xd2, 61, 1]), Buffer.alloc(60)]);
  const message = await openpgp.readMessage({ binaryMessage: Buffer.concat([packets, body]) });
  try {
    const [found] = await openpgp.decryptSessionKeys({ message, ...secret });
    if (!found?.algorithm) return undefined;
    return { data: found.data, algorithm: openpgp.enums.symmetric[found.algorithm] };
  } catch {
    return undefined;
  }
}

const aes: Record<number, string> = { 7: 'aes-128-cfb', 8: 'aes-192-cfb', 9: 'aes-256-cfb' };

/** The last two bytes of the first block are repeated after it. Ciphers that are not looked at count as right. */
function opensBody({ algorithm, data }: SessionKey, bodyStart: Uint8Array): boolean {
  const cipher = aes[algorithm];
  if (cipher === undefined || bodyStart.length < 18) return true;
  const start = createDecipheriv(cipher, data, Buffer.alloc(16)).update(bodyStart.subarray(0, 18));
  return start[14] === start[16] && start[15] === start[17];
}

function needed(whose: string): BackupError {
  return new BackupError(
    'passphrase-needed',
    `The passphrase of ${whose} is needed.`,
    'Run it in a terminal, pass --passphrase-file FILE (or - for stdin), or set DBBACKUP_PASSPHRASE.',
  );
}

function wrong(whose: string): BackupError {
  return new BackupError(
    'wrong-passphrase',
    `That is not the passphrase of ${whose}.`,
    'Try again with the right one.',
  );
}

function noSecretKey({ recipients }: MessageHead, keys: StoredKey[]): BackupError {
  const wanted = recipients.map(({ keyId }) => {
    const known = keys.find(({ keyIds }) => keyIds.includes(keyId));
    const name = keyId === hidden ? 'a hidden recipient' : keyId;
    return known ? `${name} (${known.info.userIds[0] ?? known.info.fingerprint})` : name;
  });
  return new BackupError(
    'no-secret-key',
    `This is encrypted to ${wanted.join(', ')}, and no secret key for that is at hand.`,
    'Import the secret key with dbbackup keys import, or restore it where the key is.',
  );
}
