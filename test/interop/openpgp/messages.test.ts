import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openKeyring } from '../../../src/core/keys/keyring.ts';
import { createSessionKeySource } from '../../../src/core/keys/sessionKeys.ts';
import { decryptBytes } from '../../../src/core/openpgp/decrypt.ts';
import { encryptBytes } from '../../../src/core/openpgp/encrypt.ts';
import { readHead } from '../../../src/core/openpgp/head.ts';
import { packetBytes, tags } from '../../../src/core/openpgp/packets.ts';
import type { PassphraseQuestion, Warning } from '../../../src/core/task.ts';
import { gather, inPieces, streamOf } from '../../support/bytes.ts';
import { fixture, fixtures } from '../../support/fixtures.ts';
import { type GnuPGHome, gnupgHome } from '../../support/gnupg.ts';
import { keyringWith } from '../../support/keys.ts';
import { messageAround, testKey } from '../../support/pgp.ts';
import { hasProgram } from '../../support/programs.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const { signal } = new AbortController();
const text = Buffer.from('INSERT INTO "note" VALUES(1,\'żółć\');\n'.repeat(20_000));
const unprotected = ['--pinentry-mode', 'loopback', '--passphrase', ''];

async function importInto(gpg: GnuPGHome, ...armored: string[]): Promise<void> {
  const path = join(await scratchFolder(), 'key.asc');
  for (const key of armored) {
    writeFileSync(path, key);
    await gpg('--import', path);
  }
}

/** What gpg makes of `text` with the given arguments. */
async function madeBy(gpg: GnuPGHome, args: string[], content: Uint8Array = text): Promise<Buffer> {
  const folder = await scratchFolder();
  writeFileSync(join(folder, 'plain'), content);
  const path = join(folder, 'message');
  await gpg('--trust-model', 'always', '-o', path, ...args, join(folder, 'plain'));
  return readFileSync(path);
}

/** A key of ours that gpg has, too. */
async function ownKey(algorithm: 'rsa4096' | 'ecc' = 'ecc') {
  const keyring = openKeyring(await scratchFolder());
  const owner = { name: 'Ops', email: 'ops@example.org', expires: 'never', passphrase: '' };
  const key = await keyring.generate({ ...owner, algorithm });
  const [recipients, armored] = [[await keyring.export(key, false)], await keyring.export(key, true)];
  const gpg = await gnupgHome();
  await importInto(gpg, armored);
  return { key, recipients, armored, gpg };
}

describe.skipIf(!hasProgram('gpg'))('with gpg', () => {
  it.each(['rsa4096', 'ecc'] as const)('opens ours, with a key of ours (%s)', async (algorithm) => {
    const { key, recipients, armored, gpg } = await ownKey(algorithm);
    const folder = await scratchFolder();
    for (const content of [text, randomBytes(300_000), Buffer.alloc(0)]) {
      for (const compress of [true, false]) {
        for (const signing of [undefined, { armored, passphrase: '' }]) {
          const options = { recipients, compress, signing, signal };
          const path = join(folder, 'message.gpg');
          writeFileSync(path, await gather(encryptBytes(inPieces(content, 70_000), options)));
          const status = await gpg('--status-fd', '1', '-o', `${path}.txt`, '-d', path);
          expect(readFileSync(`${path}.txt`).equals(content)).toBe(true);
          expect(status).toContain('GOODMDC');
          expect(status.includes(`GOODSIG ${key.info.fingerprint.slice(-16)}`)).toBe(signing !== undefined);
        }
      }
    }
  });

  it('opens one that was encrypted in a thread of its own', async () => {
    const { recipients, gpg } = await ownKey();
    const folder = await scratchFolder();
    const thread = join(import.meta.dirname, '../../../dist/protectThread.js');
    for (const size of [2_100_000, 5_000_001]) {
      const content = randomBytes(size);
      const options = { recipients, compress: false, thread, signal };
      const path = join(folder, `${size}.gpg`);
      writeFileSync(path, await gather(encryptBytes(inPieces(content, 70_001), options)));
      expect(await gpg('--status-fd', '1', '-o', `${path}.txt`, '-d', path)).toContain('GOODMDC');
      expect(readFileSync(`${path}.txt`).equals(content)).toBe(true);
    }
  });

  it.each([
    ['binary', ['-e', '-r', 'ops']],
    ['armored', ['--armor', '-e', '-r', 'ops']],
    ['without compression', ['-z', '0', '-e', '-r', 'ops']],
    ['with zip', ['--compress-algo', 'zip', '-e', '-r', 'ops']],
    ['with zlib', ['--compress-algo', 'zlib', '-e', '-r', 'ops']],
    ['with bzip2', ['--compress-algo', 'bzip2', '-e', '-r', 'ops']],
    ['to a hidden recipient', ['-e', '-R', 'ops']],
    ['to several recipients', ['-e', '-r', 'other', '-r', 'ops']],
    [
      'to a key or a passphrase',
      ['--pinentry-mode', 'loopback', '--passphrase', 'x', '-c', '-e', '-r', 'ops'],
    ],
    ['with AES128', ['--cipher-algo', 'AES128', '-e', '-r', 'ops']],
    ['with AES192', ['--cipher-algo', 'AES192', '-e', '-r', 'ops']],
    ['with 3DES', ['--cipher-algo', '3DES', '-e', '-r', 'ops']],
    ['with CAST5', ['--cipher-algo', 'CAST5', '-e', '-r', 'ops']],
    ['signed too', ['-s', '-u', 'ops', '-e', '-r', 'ops']],
    ['signed by two', ['-s', '-u', 'ops', '-u', 'other', '-e', '-r', 'ops']],
    ['signed, with bzip2', ['--compress-algo', 'bzip2', '-s', '-u', 'ops', '-e', '-r', 'ops']],
    ['signed by SHA512', ['--digest-algo', 'SHA512', '-s', '-u', 'ops', '-e', '-r', 'ops']],
    ['signed, with 3DES', ['--cipher-algo', '3DES', '-s', '-u', 'ops', '-e', '-r', 'ops']],
    ['as text', ['--textmode', '-e', '-r', 'ops']],
    ['signed as text', ['--textmode', '-s', '-u', 'ops', '-e', '-r', 'ops']],
  ])('makes what we open: %s', async (name, args) => {
    const { keyring, secretKeys } = await keyringWith('ops@example.org');
    const gpg = await gnupgHome();
    await gpg(...unprotected, '--quick-gen-key', 'other', 'default', 'default', 'never');
    await importInto(gpg, ...secretKeys);
    const message = await madeBy(gpg, args);
    const requireSignature = name.startsWith('signed');
    const source = createSessionKeySource({
      keyring,
      gnupg: undefined,
      ask: testTask().ask,
      requireSignature,
    });
    const warnings: Warning[] = [];
    const options = { signal, onWarning: (warning: Warning) => void warnings.push(warning) };
    for (const size of [9_999, 1 << 20]) {
      expect((await gather(decryptBytes(inPieces(message, size), source, options))).equals(text)).toBe(true);
    }
    expect(new Set(warnings.map(({ code }) => code))).toEqual(
      new Set(name === 'signed by two' ? ['unknown-signer'] : []),
    );
  });

  it.each([
    ['zip', 1],
    ['uncompressed', 0],
  ])('signs something else than what a forger put into the message (%s)', async (_name, level) => {
    const { secretKeys, publicKeys } = await keyringWith('ops@example.org');
    const gpg = await gnupgHome();
    await importInto(gpg, ...secretKeys);
    const plain = Buffer.from('pay Ada 100 for the work');
    const signed = await madeBy(gpg, ['-z', '0', '-s', '-u', 'ops'], plain);
    const forged = Buffer.from(signed);
    forged.write('900', signed.indexOf('100'));
    // Whoever has the public key can make a message whose integrity check passes, around any packets.
    const around = (packets: Buffer) =>
      messageAround(
        level === 0
          ? packets
          : packetBytes(tags.compressed, Buffer.concat([Buffer.from([1]), deflateRawSync(packets)])),
      );
    for (const required of [true, false]) {
      const source = async () => ({ ...testKey, signatures: { keys: publicKeys, required } });
      const opened = (message: Buffer) => gather(decryptBytes(streamOf(message), source, { signal }));
      expect((await opened(around(signed))).equals(plain)).toBe(true);
      await expect(opened(around(forged))).rejects.toMatchObject({ code: 'wrong-signature' });
    }
  });

  it('makes what a passphrase alone opens', async () => {
    const gpg = await gnupgHome();
    const message = await madeBy(gpg, ['--pinentry-mode', 'loopback', '--passphrase', 'open sesame', '-c']);
    const keyring = openKeyring(await scratchFolder());
    const asked: PassphraseQuestion[] = [];
    const opening = (...answers: (string | undefined)[]) => {
      const { ask } = testTask({
        passphrase: async (question) => {
          asked.push(question);
          return answers.shift();
        },
      });
      const source = createSessionKeySource({ keyring, gnupg: undefined, ask });
      return gather(decryptBytes(streamOf(message), source, { signal }));
    };
    expect((await opening('wrong', 'open sesame')).equals(text)).toBe(true);
    expect(asked).toEqual([
      { kind: 'message', attempt: 1 },
      { kind: 'message', attempt: 2 },
    ]);
    await expect(opening(undefined)).rejects.toMatchObject({ code: 'passphrase-needed' });
    await expect(opening('wrong', 'wrong')).rejects.toMatchObject({ code: 'wrong-passphrase' });
    expect(await readHead(streamOf(message))).toMatchObject({ symmetric: true, recipients: [] });
  });

  it.each([['3DES'], ['AES256']])('makes what is damaged to us when it was changed (%s)', async (cipher) => {
    const { keyring, secretKeys } = await keyringWith('ops@example.org');
    const gpg = await gnupgHome();
    await importInto(gpg, ...secretKeys);
    const message = await madeBy(
      gpg,
      ['--cipher-algo', cipher, '-e', '-r', 'ops'],
      text.subarray(0, 100_000),
    );
    const source = createSessionKeySource({ keyring, gnupg: undefined, ask: testTask().ask });
    const changes: Buffer[] = [message.subarray(0, -1), message.subarray(0, message.length / 2)];
    for (const at of [message.length - 1, message.length - 25, Math.floor(message.length / 2)]) {
      const changed = Buffer.from(message);
      changed[at]! ^= 4;
      changes.push(changed);
    }
    for (const changed of changes) {
      await expect(gather(decryptBytes(inPieces(changed, 5000), source, { signal }))).rejects.toMatchObject({
        code: 'damaged',
      });
    }
  });
});

describe.skipIf(!hasProgram('gpg'))('the files of real django-dbbackup', () => {
  const files = readdirSync(fixtures, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.gpg$/.test(name),
  );

  it('come out as from gpg, every byte', async () => {
    expect(files.length).toBeGreaterThan(20);
    const gpg = await gnupgHome();
    const keyring = openKeyring(await scratchFolder());
    const passphrase = readFileSync(fixture('keys', 'withpass.passphrase.txt'), 'utf8').trimEnd();
    for (const name of ['nopass', 'withpass']) {
      const key = readFileSync(fixture('keys', `${name}.sec.asc`));
      await keyring.import(key);
      await gpg(
        '--pinentry-mode',
        'loopback',
        '--passphrase',
        passphrase,
        '--import',
        fixture('keys', `${name}.sec.asc`),
      );
    }
    const { ask } = testTask({ passphrase: async () => passphrase });
    const source = createSessionKeySource({ keyring, gnupg: undefined, ask });
    const plain = join(await scratchFolder(), 'plain');
    for (const file of files) {
      const path = fixture(file);
      await gpg('--pinentry-mode', 'loopback', '--passphrase', passphrase, '-o', plain, '-d', path);
      const ours = await gather(decryptBytes(inPieces(readFileSync(path), 100_000), source, { signal }));
      expect(ours.equals(readFileSync(plain)), relative(fixtures, path)).toBe(true);
    }
  });
});
