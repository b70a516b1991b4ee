import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../src/core/errors.ts';
import type { GnuPG } from '../../../src/core/keys/gnupg.ts';
import type { GnuPgKey } from '../../../src/core/keys/gnupgList.ts';
import { createSessionKeySource } from '../../../src/core/keys/sessionKeys.ts';
import type { MessageHead, SessionKey } from '../../../src/core/openpgp/types.ts';
import { keyringWith, type TestKeyring } from '../../support/keys.ts';
import { anySessionKeyPacket } from '../../support/pgp.ts';
import { testTask } from '../../support/task.ts';

const hidden = '0000000000000000';
const theirs = 'BBBBBBBBBBBBBBBB';
const session: SessionKey = { algorithm: 9, data: Buffer.alloc(32) };

function listed(fingerprint: string, secret: boolean, userIds: string[] = []): GnuPgKey {
  const info = { fingerprint, userIds, secret } as GnuPgKey['info'];
  return { info, keyIds: [fingerprint.slice(-16)] };
}

/** Asks for a message's session key, with a gpg that has `keys`; the passphrases that were asked for are noted. */
async function opening(
  { keyring }: Pick<TestKeyring, 'keyring'>,
  recipients: string[],
  keys: GnuPgKey[],
  sessionKey: (passphrase?: string) => Promise<SessionKey | undefined>,
) {
  const asked: (string | undefined)[] = [];
  const { ask } = testTask({
    passphrase: async (question) => {
      asked.push(question.kind === 'key' ? question.fingerprint : question.kind);
      return undefined;
    },
  });
  const gnupg = {
    list: async () => keys,
    sessionKey: (_packets: Uint8Array, { passphrase }: { passphrase?: string }) => sessionKey(passphrase),
  } as unknown as GnuPG;
  const { signal } = new AbortController();
  const source = createSessionKeySource({ keyring, gnupg, ask, signal });
  const head: MessageHead = {
    recipients: recipients.map((keyId) => ({ keyId, algorithm: 18 })),
    symmetric: false,
    armored: false,
    bodyStart: Buffer.alloc(0),
  };
  return { asked, found: source(head, anySessionKeyPacket) };
}

const none = async () => undefined;

describe('a message to keys of GnuPG', () => {
  it('is opened by it without a word where it can', async () => {
    const ring = await keyringWith();
    const { asked, found } = await opening(ring, [theirs], [listed(theirs, true)], async () => session);
    expect(await found).toMatchObject(session);
    expect(asked).toEqual([]);
  });

  it('asks for a passphrase by the fingerprint of a key without a user id', async () => {
    const { asked, found } = await opening(await keyringWith(), [hidden], [listed(theirs, true)], none);
    await expect(found).rejects.toMatchObject({
      code: 'passphrase-needed',
      message: expect.stringContaining(theirs),
    });
    expect(asked).toEqual([theirs]);
  });

  it('asks nothing for a key that the keyring has asked for', async () => {
    const ring = await keyringWith('ops@example.org');
    const { fingerprint } = ring.keys[0]!.info;
    const { asked, found } = await opening(ring, [fingerprint.slice(-16)], [listed(fingerprint, true)], none);
    await expect(found).rejects.toMatchObject({ code: 'no-secret-key' });
    expect(asked).toEqual([]);
  });

  it('that no secret key opens names each key as well as it is known', async () => {
    const keys = [listed(theirs, false), listed('CCCCCCCCCCCCCCCC', false, ['Ops <ops@x.org>'])];
    const recipients = [hidden, theirs, 'CCCCCCCCCCCCCCCC', 'DDDDDDDDDDDDDDDD'];
    const { found } = await opening(await keyringWith(), recipients, keys, none);
    await expect(found).rejects.toMatchObject({
      code: 'no-secret-key',
      message: expect.stringContaining(
        `a hidden recipient, ${theirs} (${theirs}), CCCCCCCCCCCCCCCC (Ops <ops@x.org>), DDDDDDDDDDDDDDDD,`,
      ),
    });
  });

  it('tells what gpg says where that is all there is, and never hides a cancellation or a mistake of ours', async () => {
    const failing = async (error: Error) =>
      (await opening(await keyringWith(), [theirs], [listed(theirs, true)], () => Promise.reject(error)))
        .found;
    await expect(failing(new BackupError('failed', 'gpg broke'))).rejects.toMatchObject({ code: 'failed' });
    await expect(failing(new BackupError('cancelled', 'over'))).rejects.toMatchObject({ code: 'cancelled' });
    await expect(failing(new TypeError('odd'))).rejects.toThrow(TypeError);
  });
});
