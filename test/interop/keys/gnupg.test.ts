import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findGnuPG, type GnuPG } from '../../../src/core/keys/gnupg.ts';
import { openKeyring } from '../../../src/core/keys/keyring.ts';
import { resolveRecipients } from '../../../src/core/keys/recipients.ts';
import { createSessionKeySource } from '../../../src/core/keys/sessionKeys.ts';
import { decryptBytes } from '../../../src/core/openpgp/decrypt.ts';
import { encryptBytes } from '../../../src/core/openpgp/encrypt.ts';
import type { PassphraseQuestion } from '../../../src/core/task.ts';
import { gather, inPieces, streamOf } from '../../support/bytes.ts';
import { type GnuPGHome, gnupgHome } from '../../support/gnupg.ts';
import { keyringWith } from '../../support/keys.ts';
import { hasProgram } from '../../support/programs.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const { signal } = new AbortController();
const now = new Date();
const content = Buffer.from('INSERT INTO note VALUES(1);\n'.repeat(5000));
const loopback = (passphrase: string) => ['--pinentry-mode', 'loopback', '--passphrase', passphrase];

async function bridgeTo({ environment }: { environment: NodeJS.ProcessEnv }): Promise<GnuPG> {
  const gnupg = await findGnuPG(join(await scratchFolder(), 'dbbackup'), environment);
  if (!gnupg) throw new Error('no gpg on PATH');
  return gnupg;
}

async function messageFor(query: string, gnupg: GnuPG): Promise<Buffer> {
  const keyring = openKeyring(await scratchFolder());
  const recipients = await resolveRecipients([query], { keyring, gnupg, now });
  const armored = recipients.map((recipient) => recipient.armored);
  return gather(encryptBytes(streamOf(content), { recipients: armored, compress: true, signal }));
}

/** Opens a message with gpg's keys alone. */
async function open(message: Buffer, gnupg: GnuPG, ...answers: (string | undefined)[]) {
  const asked: PassphraseQuestion[] = [];
  const { ask } = testTask({
    passphrase: async (question) => {
      asked.push(question);
      return answers.shift();
    },
  });
  const keyring = openKeyring(await scratchFolder());
  const source = createSessionKeySource({ keyring, gnupg, ask, signal });
  return { asked, plain: gather(decryptBytes(inPieces(message, 10_000), source, { signal })) };
}

async function forgetPassphrases(gpg: GnuPGHome): Promise<void> {
  const { execFileSync } = await import('node:child_process');
  execFileSync('gpgconf', ['--kill', 'gpg-agent'], { env: gpg.environment });
}

describe.skipIf(!hasProgram('gpg'))('keys that only GnuPG has', () => {
  it.each([
    ['rsa3072', ['default', 'default']],
    ['ed25519 and cv25519', ['future-default', 'default']],
    ['nistp256', ['nistp256', 'default']],
    ['DSA and ElGamal', ['dsa2048', 'default']],
  ])('are encrypted to, and open what was: %s', async (_name, [algorithm = '', usage = '']) => {
    const gpg = await gnupgHome();
    await gpg(...loopback(''), '--quick-gen-key', 'Ada <ada@example.org>', algorithm, usage, 'never');
    if (algorithm === 'nistp256' || algorithm === 'dsa2048') {
      const [, fingerprint = ''] =
        /^fpr:+([0-9A-F]{40}):/m.exec(await gpg('--with-colons', '--list-keys')) ?? [];
      const subkey = algorithm === 'nistp256' ? 'nistp256' : 'elg2048';
      await gpg(...loopback(''), '--quick-add-key', fingerprint, subkey, 'encrypt', 'never');
    }
    const gnupg = await bridgeTo(gpg);
    const [key] = await gnupg.list();
    expect(key?.info).toMatchObject({
      userIds: ['Ada <ada@example.org>'],
      secret: true,
      canEncrypt: true,
      revoked: false,
      expires: null,
      source: 'gnupg',
    });
    const message = await messageFor('ada@example.org', gnupg);
    const path = join(await scratchFolder(), 'message');
    writeFileSync(path, message);
    expect(await gpg('-d', path)).toBe(content.toString());
    const { asked, plain } = await open(message, gnupg);
    expect((await plain).equals(content)).toBe(true);
    expect(asked).toEqual([]);
    // The same key taken out of gpg opens it too, and tells the same of itself.
    const keyring = openKeyring(await scratchFolder());
    const [taken] = await keyring.import(Buffer.from(await gnupg.exportSecret(key?.info.fingerprint ?? '')));
    expect(taken?.info).toMatchObject({ ...key?.info, source: 'keyring' });
    expect(taken?.keyIds.toSorted()).toEqual(key?.keyIds.toSorted());
    const source = createSessionKeySource({ keyring, gnupg: undefined, ask: testTask().ask });
    expect((await gather(decryptBytes(streamOf(message), source, { signal }))).equals(content)).toBe(true);
  });

  it('open it with the passphrase that the user gives, or the one that the agent still knows', async () => {
    const gpg = await gnupgHome();
    await gpg(
      ...loopback('sesame'),
      '--quick-gen-key',
      'Ada <ada@example.org>',
      'default',
      'default',
      'never',
    );
    const gnupg = await bridgeTo(gpg);
    const message = await messageFor('ada@example.org', gnupg);
    await forgetPassphrases(gpg);
    await expect((await open(message, gnupg)).plain).rejects.toMatchObject({ code: 'passphrase-needed' });
    await expect((await open(message, gnupg, 'open', 'open')).plain).rejects.toMatchObject({
      code: 'wrong-passphrase',
    });
    const third = await open(message, gnupg, 'open', 'sesame');
    expect((await third.plain).equals(content)).toBe(true);
    expect(third.asked.map(({ userId, attempt }) => [userId, attempt])).toEqual([
      ['Ada <ada@example.org>', 1],
      ['Ada <ada@example.org>', 2],
    ]);
    const again = await open(message, gnupg);
    expect((await again.plain).equals(content)).toBe(true);
    expect(again.asked).toEqual([]);
  });

  it('open what is encrypted to a hidden recipient', async () => {
    const gpg = await gnupgHome();
    await gpg(...loopback(''), '--quick-gen-key', 'ada@example.org', 'default', 'default', 'never');
    const folder = await scratchFolder();
    writeFileSync(join(folder, 'plain'), content);
    await gpg('-o', join(folder, 'message'), '-e', '-R', 'ada@example.org', join(folder, 'plain'));
    const { plain } = await open(readFileSync(join(folder, 'message')), await bridgeTo(gpg));
    expect((await plain).equals(content)).toBe(true);
  });

  it('ask in a window of their own where the agent wants that', async () => {
    const gpg = await gnupgHome();
    await gpg(...loopback('sesame'), '--quick-gen-key', 'ada@example.org', 'default', 'default', 'never');
    const gnupg = await bridgeTo(gpg);
    const message = await messageFor('ada@example.org', gnupg);
    await forgetPassphrases(gpg);
    const pinentry = join(await scratchFolder(), 'pinentry');
    const answers =
      'case "$line" in GETPIN*) echo "D sesame"; echo OK;; BYE*) echo OK; exit;; *) echo OK;; esac';
    writeFileSync(pinentry, `#!/bin/sh\necho "OK ready"\nwhile read -r line; do ${answers}; done\n`);
    chmodSync(pinentry, 0o755);
    writeFileSync(
      join(gpg.folder, 'gpg-agent.conf'),
      `no-allow-loopback-pinentry\npinentry-program ${pinentry}\n`,
    );
    const { plain } = await open(message, gnupg, 'not this one');
    expect((await plain).equals(content)).toBe(true);
  });

  it('are not asked for when the secret half is not there', async () => {
    const gpg = await gnupgHome();
    const { publicKeys } = await keyringWith('ada@example.org');
    const path = join(await scratchFolder(), 'key');
    writeFileSync(path, publicKeys[0] ?? '');
    await gpg('--import', path);
    const gnupg = await bridgeTo(gpg);
    expect((await gnupg.list())[0]?.info.secret).toBe(false);
    const { asked, plain } = await open(await messageFor('ada@example.org', gnupg), gnupg);
    await expect(plain).rejects.toMatchObject({
      code: 'no-secret-key',
      message: expect.stringContaining('(Ops <ada@example.org>)'),
    });
    expect(asked).toEqual([]);
  });
});

describe.skipIf(!hasProgram('gpg'))('a recipient', () => {
  const past = ['--faked-system-time', '20200101T000000'];
  const make = (gpg: GnuPGHome, ...args: string[]) => gpg(...loopback(''), ...args);
  const fingerprintIn = async (gpg: GnuPGHome) =>
    /^fpr:+([0-9A-F]{40}):/m.exec(await gpg('--with-colons', '--list-keys'))?.[1] ?? '';

  it.each([
    [
      'expired',
      'expired-recipient',
      async (gpg: GnuPGHome) =>
        make(gpg, ...past, '--quick-gen-key', 'x@example.org', 'default', 'default', '30d'),
    ],
    [
      'with nothing but an expired encryption subkey',
      'expired-recipient',
      async (gpg: GnuPGHome) => {
        await make(gpg, ...past, '--quick-gen-key', 'x@example.org', 'rsa2048', 'sign', 'never');
        await make(gpg, ...past, '--quick-add-key', await fingerprintIn(gpg), 'rsa2048', 'encrypt', '30d');
      },
    ],
    [
      'revoked',
      'revoked-recipient',
      async (gpg: GnuPGHome) => {
        await make(gpg, '--quick-gen-key', 'x@example.org', 'default', 'default', 'never');
        const certificate = join(gpg.folder, 'openpgp-revocs.d', `${await fingerprintIn(gpg)}.rev`);
        // gpg puts a colon before it, against accidents.
        writeFileSync(certificate, readFileSync(certificate, 'utf8').replace(/^:-----/m, '-----'));
        await gpg('--import', certificate);
      },
    ],
    [
      'that can only sign',
      'sign-only-recipient',
      async (gpg: GnuPGHome) => make(gpg, '--quick-gen-key', 'x@example.org', 'ed25519', 'sign', 'never'),
    ],
    [
      'that is too weak',
      'sign-only-recipient',
      async (gpg: GnuPGHome) =>
        make(gpg, '--quick-gen-key', 'x@example.org', 'rsa1024', 'encr,sign', 'never'),
    ],
  ])('%s is refused by name, in GnuPG and in the keyring', async (_what, code, prepare) => {
    const gpg = await gnupgHome();
    await prepare(gpg);
    const gnupg = await bridgeTo(gpg);
    const keyring = openKeyring(await scratchFolder());
    await expect(resolveRecipients(['x@example.org'], { keyring, gnupg, now })).rejects.toMatchObject({
      code,
    });
    await keyring.import(Buffer.from(await gpg('--armor', '--export', 'x@example.org')));
    for (const sources of [
      { keyring, gnupg, now },
      { keyring, gnupg: undefined, now },
    ])
      await expect(resolveRecipients(['x@example.org'], sources)).rejects.toMatchObject({ code });
  });

  it('that was extended in GnuPG is taken from there', async () => {
    const gpg = await gnupgHome();
    await make(gpg, ...past, '--quick-gen-key', 'x@example.org', 'default', 'default', '30d');
    const keyring = openKeyring(await scratchFolder());
    await keyring.import(Buffer.from(await gpg('--armor', '--export', 'x@example.org')));
    const fingerprint = await fingerprintIn(gpg);
    await make(gpg, '--quick-set-expire', fingerprint, '0');
    await make(gpg, '--quick-set-expire', fingerprint, '0', '*');
    const gnupg = await bridgeTo(gpg);
    const [found] = await resolveRecipients(['x@example.org'], { keyring, gnupg, now });
    expect(found?.info).toMatchObject({ fingerprint, expires: null });
    // Imported again, the newer signatures come into the copy that is here.
    await keyring.import(Buffer.from(await gpg('--armor', '--export', 'x@example.org')));
    expect((await keyring.list())[0]?.info.expires).toBe(null);
    await resolveRecipients(['x@example.org'], { keyring, gnupg: undefined, now });
  });

  it('that several keys answer to is asked for more closely', async () => {
    const gpg = await gnupgHome();
    await make(gpg, '--quick-gen-key', 'One <x@example.org>', 'default', 'default', 'never');
    await make(gpg, '--quick-gen-key', 'Two <x@example.org>', 'default', 'default', 'never');
    const gnupg = await bridgeTo(gpg);
    const sources = { keyring: openKeyring(await scratchFolder()), gnupg, now };
    const error = await resolveRecipients(['x@example.org'], sources).catch((caught) => caught);
    expect(error).toMatchObject({ code: 'ambiguous-recipient' });
    for (const { info } of await gnupg.list()) {
      expect(error.message).toContain(info.fingerprint);
      expect(await resolveRecipients([info.fingerprint], sources)).toHaveLength(1);
    }
    expect((await resolveRecipients(['Two'], sources))[0]?.info.userIds).toEqual(['Two <x@example.org>']);
    await expect(resolveRecipients(['nobody'], sources)).rejects.toMatchObject({ code: 'unknown-recipient' });
  });
});

describe.skipIf(process.platform === 'win32')('the gpg program', () => {
  /** A `gpg` that writes down how it was started, and fails with a message. */
  async function spy(folder: string): Promise<string> {
    mkdirSync(folder, { recursive: true });
    const log = join(folder, 'log');
    const script = `#!/bin/sh\n{ echo "argv: $*"; pwd; env; echo "fd3: $(cat <&3)"; } >> '${log}'\necho 'gpg: no can do' >&2\nexit 2\n`;
    writeFileSync(join(folder, 'gpg'), script);
    chmodSync(join(folder, 'gpg'), 0o755);
    return log;
  }

  it('gets no secret in its arguments or its environment, and no shell', async () => {
    const folder = await scratchFolder();
    const log = await spy(join(folder, 'bin'));
    const environment = {
      PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`,
      GNUPGHOME: folder,
      DBBACKUP_PASSPHRASE: 'hunter2',
    };
    const gnupg = await findGnuPG(join(folder, 'home'), environment);
    if (!gnupg) throw new Error('not found');
    const opening = gnupg.sessionKey(Buffer.from([0]), { passphrase: 'hunter2' });
    await expect(opening).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('no can do'),
    });
    await expect(gnupg.exportPublic('--output=/etc/passwd; $(id)')).rejects.toMatchObject({ code: 'failed' });
    const seen = readFileSync(log, 'utf8');
    expect(seen.replace('fd3: hunter2', '')).not.toContain('hunter2');
    expect(seen).toContain('fd3: hunter2');
    expect(seen).toContain('--export -- --output=/etc/passwd; $(id)');
    expect(seen).toContain(`\n${join(folder, 'home')}\n`);
  });

  it('is not taken from the workspace, by whatever way the path leads there', async () => {
    const folder = await scratchFolder();
    const workspace = join(folder, 'project');
    await spy(join(workspace, 'bin'));
    symlinkSync(join(workspace, 'bin'), join(folder, 'innocent'));
    for (const PATH of [join(workspace, 'bin'), join(folder, 'innocent'), '.', `bin${delimiter}./bin`]) {
      expect(await findGnuPG(folder, { PATH }, [workspace]), PATH).toBeUndefined();
    }
    expect(await findGnuPG(folder, { PATH: join(workspace, 'bin') }, [])).toBeDefined();
  });

  it('is not started, and makes no home, where GnuPG was never used', async () => {
    const folder = await scratchFolder();
    const log = await spy(join(folder, 'bin'));
    const environment = { PATH: join(folder, 'bin'), GNUPGHOME: join(folder, 'none') };
    const gnupg = await findGnuPG(join(folder, 'home'), environment);
    expect(await gnupg?.list()).toEqual([]);
    expect(existsSync(log)).toBe(false);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });

  it('tells what is wrong with it', async () => {
    const folder = await scratchFolder();
    await spy(join(folder, 'bin'));
    const gnupg = await findGnuPG(join(folder, 'home'), { PATH: join(folder, 'bin'), GNUPGHOME: folder });
    await expect(gnupg?.list()).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('no can do'),
    });
  });

  it('ends when the work is cancelled', async () => {
    const folder = await scratchFolder();
    writeFileSync(join(folder, 'gpg'), '#!/bin/sh\nexec sleep 60\n');
    chmodSync(join(folder, 'gpg'), 0o755);
    const gnupg = await findGnuPG(join(folder, 'home'), { PATH: `${folder}${delimiter}${process.env.PATH}` });
    const waiting = gnupg?.sessionKey(Buffer.from([0]), { signal: AbortSignal.timeout(200) });
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
  });
});
