import { BackupError, throwIfCancelled } from '../errors.ts';
import type { UnpackLimits } from '../files/unpackLimits.ts';
import { opensPrefix } from '../openpgp/protectedData.ts';
import type { MessageHead, SessionKey, SessionKeySource } from '../openpgp/types.ts';
import type { Asker } from '../task.ts';
import type { GnuPG } from './gnupg.ts';
import type { Keyring, StoredKey } from './keyring.ts';
import { openWithKey, openWithPassphrase } from './openPackets.ts';
import { unlockedWith, withPassphrase } from './unlock.ts';

export interface SessionKeyOptions {
  keyring: Keyring;
  gnupg: GnuPG | undefined;
  ask: Asker;
  signal?: AbortSignal;
  /** Whether a message has to be signed by a key of the keyring. */
  requireSignature?: boolean;
  /** Whether it is to be said of a message that it has none. */
  expectSignature?: boolean;
  /** How much a file may unpack to. */
  limits?: Partial<UnpackLimits>;
}

const hidden = '0000000000000000';

/** One way to open a message. Undefined where it leads nowhere; an error lets the next one be tried. */
type Way = () => Promise<SessionKey | undefined>;

/**
 * Opens messages with the secret keys of the keyring, those that need no passphrase first, else with gpg's, else with a
 * passphrase where the message has one.
 */
export function createSessionKeySource(options: SessionKeyOptions): SessionKeySource {
  const rule = { required: options.requireSignature === true, expected: options.expectSignature === true };
  const open: SessionKeySource = async (head, packets) => {
    const message = { head, packets };
    const known = await options.keyring.list();
    const ways = [
      ...keyringWays(message, known, options),
      () => fromGnuPG(message, options),
      () => fromPassphrase(message, options),
    ];
    const found = await firstOf(ways, options.signal);
    if (!found) throw await noSecretKey(head, known, options.gnupg);
    const keys = await Promise.all(known.map((key) => options.keyring.export(key, false)));
    return { ...found, signatures: { keys, ...rule } };
  };
  const { limits = {} } = options;
  return Object.assign(open, { requiresSignature: rule.required, expectsSignature: rule.expected, limits });
}

interface Message {
  head: MessageHead;
  packets: Uint8Array;
}

/** Where no way leads on, the worst problem is told: a wrong passphrase says more than one that nobody gave. */
async function firstOf(ways: Way[], signal: AbortSignal | undefined): Promise<SessionKey | undefined> {
  const problems: BackupError[] = [];
  for (const way of ways) {
    if (signal) throwIfCancelled(signal);
    try {
      const found = await way();
      if (found) return found;
    } catch (error) {
      if (!(error instanceof BackupError) || error.code === 'cancelled') throw error;
      problems.push(error);
    }
  }
  const [first] = problems;
  if (!first) return undefined;
  const withCode = (wanted: BackupError['code']) => problems.find(({ code }) => code === wanted);
  throw withCode('wrong-passphrase') ?? withCode('passphrase-needed') ?? first;
}

function keyringWays({ head, packets }: Message, known: StoredKey[], { ask }: SessionKeyOptions): Way[] {
  const fitting = known.filter(({ info, keyIds }) => info.secret && isFor(head, keyIds));
  const unlockedFirst = fitting.sort((a, b) => Number(a.info.locked) - Number(b.info.locked));
  return unlockedFirst.map((key) => async () => {
    const { privateKey } = await unlockedWith(key, ask);
    return firstFitting(await openWithKey(packets, privateKey), head);
  });
}

function isFor({ recipients }: MessageHead, keyIds: string[]): boolean {
  return recipients.some(({ keyId }) => keyId === hidden || keyIds.includes(keyId));
}

function firstFitting(found: SessionKey[], { bodyStart }: MessageHead): SessionKey | undefined {
  return found.find((key) => opensPrefix(key, bodyStart));
}

async function fromGnuPG({ head, packets }: Message, { gnupg, ask, keyring, signal }: SessionKeyOptions) {
  if (!gnupg || head.recipients.length === 0) return undefined;
  const keys = (await gnupg.list()).filter(({ info, keyIds }) => info.secret && isFor(head, keyIds));
  const [key] = keys;
  if (!key) return undefined;
  const silent = await gnupg.sessionKey(packets, { signal });
  if (silent) return silent;
  const { fingerprint, userIds } = key.info;
  // The keyring has asked for the same key already.
  const own = (await keyring.list()).find(({ info }) => info.fingerprint === fingerprint);
  if (keys.length === 1 && own?.info.secret) return undefined;
  return withPassphrase(
    (attempt) => ask.passphrase({ kind: 'key', fingerprint, userId: userIds[0], attempt }),
    (passphrase) => gnupg.sessionKey(packets, { passphrase, signal }),
    userIds[0] ?? fingerprint,
  );
}

async function fromPassphrase({ head, packets }: Message, { ask }: SessionKeyOptions) {
  if (!head.symmetric) return undefined;
  return withPassphrase(
    (attempt) => ask.passphrase({ kind: 'message', attempt }),
    async (passphrase) => firstFitting(await openWithPassphrase(packets, passphrase), head),
    'this file',
  );
}

async function noSecretKey(
  { recipients }: MessageHead,
  own: StoredKey[],
  gnupg: GnuPG | undefined,
): Promise<BackupError> {
  const known = [...own, ...((await gnupg?.list()) ?? [])];
  const wanted = recipients.map(({ keyId }) => {
    if (keyId === hidden) return 'a hidden recipient';
    const key = known.find(({ keyIds }) => keyIds.includes(keyId));
    return key ? `${keyId} (${key.info.userIds[0] ?? key.info.fingerprint})` : keyId;
  });
  return new BackupError(
    'no-secret-key',
    `This is encrypted to ${wanted.join(', ')}, and no secret key for that is at hand.`,
    'Import the secret key with dbbackup keys import, or restore it where the key is.',
  );
}
