import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openKeyring } from '../../../src/core/keys/keyring.ts';
import { createSessionKeySource } from '../../../src/core/keys/sessionKeys.ts';
import { decryptBytes } from '../../../src/core/openpgp/decrypt.ts';
import { encryptBytes } from '../../../src/core/openpgp/encrypt.ts';
import { readHead } from '../../../src/core/openpgp/head.ts';
import { gather, inPieces, streamOf } from '../../support/bytes.ts';
import { gnupgHome } from '../../support/gnupg.ts';
import { hasProgram } from '../../support/programs.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const { signal } = new AbortController();
const owner = { name: 'Ops', email: 'ops@example.org', expires: 'never', passphrase: '' } as const;
const text = Buffer.from('INSERT INTO "note" VALUES(1,\'żółć\');\n'.repeat(20_000));

async function keyringWith(...algorithms: ('rsa4096' | 'ecc')[]) {
  const keyring = openKeyring(await scratchFolder());
  for (const algorithm of algorithms) await keyring.generate({ ...owner, algorithm });
  const publicKeys = await Promise.all((await keyring.list()).map((key) => keyring.export(key, false)));
  const secretKeys = await Promise.all((await keyring.list()).map((key) => keyring.export(key, true)));
  const sessionKeys = createSessionKeySource({ keyring, gnupg: undefined, ask: testTask().ask });
  return { keyring, publicKeys, secretKeys, sessionKeys };
}

describe('a message of ours', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a byte', Buffer.from('x')],
    ['one part exactly', randomBytes(65_536 - 6)],
    ['text', text],
    ['what does not compress', randomBytes(3_000_000)],
  ])('comes back: %s', async (_name, content) => {
    const { publicKeys, sessionKeys } = await keyringWith('ecc');
    for (const compress of [true, false]) {
      const message = await gather(
        encryptBytes(inPieces(content, 100_001), { recipients: publicKeys, compress, signal }),
      );
      if (compress && content === text) expect(message.length).toBeLessThan(text.length / 10);
      const back = await gather(decryptBytes(inPieces(message, 65_537), sessionKeys, { signal }));
      expect(back.equals(content)).toBe(true);
    }
  });

  it('is never taken when a byte was changed, anywhere', async () => {
    const { publicKeys, sessionKeys } = await keyringWith('ecc');
    const small = Buffer.from('CREATE TABLE t(x);\n'.repeat(3));
    const message = await gather(
      encryptBytes(streamOf(small), { recipients: publicKeys, compress: true, signal }),
    );
    let refused = 0;
    for (let at = 0; at < message.length; at++) {
      const changed = Buffer.from(message);
      changed[at]! ^= 1;
      const back = await gather(decryptBytes(streamOf(changed), sessionKeys, { signal })).catch(
        (error) => error,
      );
      if (Buffer.isBuffer(back)) expect(back.equals(small)).toBe(true);
      else {
        expect(back.code, `byte ${at}: ${back.stack}`).toMatch(/^(damaged|not-openpgp|no-secret-key)$/);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(message.length * 0.95);
  }, 60_000);

  it('is never taken when it is cut off', async () => {
    const { publicKeys, sessionKeys } = await keyringWith('ecc');
    const message = await gather(
      encryptBytes(streamOf('hello'), { recipients: publicKeys, compress: false, signal }),
    );
    for (let length = 0; length < message.length; length++) {
      const reading = gather(decryptBytes(streamOf(message.subarray(0, length)), sessionKeys, { signal }));
      await expect(reading, `${length} of ${message.length}`).rejects.toMatchObject({
        code: expect.stringMatching(/^(damaged|not-openpgp)$/),
      });
    }
  }, 60_000);

  it('ends the source when its reader stops early', async () => {
    const { publicKeys } = await keyringWith('ecc');
    let ended = false;
    async function* endless() {
      try {
        for (;;) yield randomBytes(100_000);
      } finally {
        ended = true;
      }
    }
    for await (const _ of encryptBytes(endless(), { recipients: publicKeys, compress: true, signal })) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(ended).toBe(true);
  });

  it('passes on what its source failed with', async () => {
    const { publicKeys } = await keyringWith('ecc');
    async function* failing() {
      yield Buffer.from('half');
      throw new RangeError('the source broke');
    }
    const writing = gather(encryptBytes(failing(), { recipients: publicKeys, compress: true, signal }));
    await expect(writing).rejects.toThrow('the source broke');
  });
});

describe.skipIf(!hasProgram('gpg'))('with gpg', () => {
  it.each(['rsa4096', 'ecc'] as const)('opens ours, with a key of ours (%s)', async (algorithm) => {
    const { publicKeys, secretKeys } = await keyringWith(algorithm);
    const gpg = await gnupgHome();
    const folder = await scratchFolder();
    writeFileSync(join(folder, 'secret.asc'), secretKeys[0] ?? '');
    await gpg('--import', join(folder, 'secret.asc'));
    for (const compress of [true, false]) {
      const path = join(folder, `${compress}.gpg`);
      writeFileSync(
        path,
        await gather(encryptBytes(inPieces(text, 70_000), { recipients: publicKeys, compress, signal })),
      );
      await gpg('-o', `${path}.txt`, '-d', path);
      expect(readFileSync(`${path}.txt`).equals(text)).toBe(true);
    }
  });

  it.each([
    ['binary', ['-e', '-r', 'ops']],
    ['armored', ['--armor', '-e', '-r', 'ops']],
    ['without compression', ['-z', '0', '-e', '-r', 'ops']],
    ['with zlib', ['--compress-algo', 'zlib', '-e', '-r', 'ops']],
    ['with bzip2', ['--compress-algo', 'bzip2', '-e', '-r', 'ops']],
    ['to a hidden recipient', ['-e', '-R', 'ops']],
    ['to several recipients', ['-e', '-r', 'ops', '-r', 'other']],
    ['signed too', ['-s', '-u', 'ops', '-e', '-r', 'ops']],
    ['with AES128', ['--cipher-algo', 'AES128', '-e', '-r', 'ops']],
  ])('makes what we open: %s', async (_name, args) => {
    const { secretKeys, publicKeys, sessionKeys } = await keyringWith('ecc');
    const gpg = await gnupgHome();
    const folder = await scratchFolder();
    await gpg('--passphrase', '', '--quick-gen-key', 'other', 'default', 'default', 'never');
    writeFileSync(join(folder, 'secret.asc'), secretKeys[0] ?? '');
    await gpg('--import', join(folder, 'secret.asc'));
    writeFileSync(join(folder, 'plain'), text);
    await gpg('--trust-model', 'always', '-o', join(folder, 'message'), ...args, join(folder, 'plain'));
    const message = readFileSync(join(folder, 'message'));
    expect((await gather(decryptBytes(inPieces(message, 9_999), sessionKeys, { signal }))).equals(text)).toBe(
      true,
    );
    expect(publicKeys).toHaveLength(1);
  });

  it('makes what a passphrase alone opens', async () => {
    const gpg = await gnupgHome();
    const folder = await scratchFolder();
    writeFileSync(join(folder, 'plain'), text);
    const path = join(folder, 'message');
    await gpg(
      '--pinentry-mode',
      'loopback',
      '--passphrase',
      'open sesame',
      '-o',
      path,
      '-c',
      join(folder, 'plain'),
    );
    const keyring = openKeyring(await scratchFolder());
    const asked: unknown[] = [];
    const opening = (...answers: (string | undefined)[]) =>
      gather(
        decryptBytes(
          streamOf(readFileSync(path)),
          createSessionKeySource({
            keyring,
            gnupg: undefined,
            ask: testTask({
              passphrase: async (question) => {
                asked.push(question);
                return answers.shift();
              },
            }).ask,
          }),
          { signal },
        ),
      );
    expect((await opening('wrong', 'open sesame')).equals(text)).toBe(true);
    expect(asked).toEqual([
      { kind: 'message', attempt: 1 },
      { kind: 'message', attempt: 2 },
    ]);
    await expect(opening(undefined)).rejects.toMatchObject({ code: 'passphrase-needed' });
    await expect(opening('wrong', 'wrong')).rejects.toMatchObject({ code: 'wrong-passphrase' });
    expect(await readHead(streamOf(readFileSync(path)))).toMatchObject({ symmetric: true, recipients: [] });
  });
});
