import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GnuPG } from '../../../src/core/keys/gnupg.ts';
import { scratchFolder } from '../../support/scratch.ts';

/** GnuPG as a shell script that answers as a test wants; what it is called with stands in `calls`. */
async function scripted(script: string, { used = true, own = false } = {}) {
  const folder = await scratchFolder();
  const program = join(folder, 'gpg');
  await writeFile(program, `#!/bin/sh\necho "$@" >> '${folder}/calls'\n${script}\n`, { mode: 0o755 });
  if (used) await mkdir(join(folder, '.gnupg'));
  const environment = { HOME: folder, PATH: process.env.PATH, ...(own ? { GNUPGHOME: folder } : {}) };
  const gnupg = new GnuPG(program, join(folder, 'home'), environment);
  const calls = async () =>
    existsSync(join(folder, 'calls')) ? readFile(join(folder, 'calls'), 'utf8') : '';
  return { gnupg, calls };
}

const key = 'pub:u:3072:1:AAAAAAAAAAAAAAAA:1700000000::::::scESC:::::\nfpr:::::::::AAAA:';

describe('the keys of GnuPG', () => {
  it('are none where it was never used, and it is not started for that', async () => {
    const { gnupg, calls } = await scripted('exit 1', { used: false });
    expect(await gnupg.list()).toEqual([]);
    expect(await calls()).toBe('');
  });

  it('are told where it lists some and fails at others', async () => {
    const { gnupg } = await scripted(`printf '%s\\n' '${key}'; echo 'one is damaged' >&2; exit 2`);
    expect((await gnupg.list()).map(({ info }) => info.fingerprint)).toEqual(['AAAA']);
  });

  it('have a secret half where one is listed that is more than a stub, in the home that the environment names', async () => {
    const secret = (token: string) => `sec:u:3072:1:AAAAAAAAAAAAAAAA:1700000000::::::scESC:::${token}:::`;
    for (const [token, expected] of [
      ['+', true],
      ['#', false],
    ] as const) {
      const list = `case "$*" in *secret*) printf '%s\\n' '${secret(token)}' 'fpr:::::::::AAAA:';; *) printf '%s\\n' '${key}';; esac`;
      const { gnupg } = await scripted(list, { used: false, own: true });
      expect((await gnupg.list()).map(({ info }) => info.secret)).toEqual([expected]);
    }
  });

  it('cannot be listed where it says nothing but an error, whose end is told', async () => {
    const { gnupg } = await scripted("echo 'about trust\nline one\nline two' >&2; exit 2");
    await expect(gnupg.list()).rejects.toMatchObject({
      code: 'failed',
      message: 'gpg could not list its keys: line one line two',
    });
  });

  it('are none where it fails without a word', async () => {
    expect(await (await scripted('exit 2')).gnupg.list()).toEqual([]);
  });
});

describe('GnuPG', () => {
  it.each([
    ['gives no key', 'exit 0', 'gpg gave no key: it said nothing'],
    ['fails', "echo 'no such key' >&2; exit 2", 'gpg gave no key: no such key'],
    ['is killed', 'kill -9 $$', 'gpg gave no key: it said nothing'],
  ])('that %s exports none', async (_what, script, message) => {
    await expect((await scripted(script)).gnupg.exportPublic('AAAA')).rejects.toMatchObject({ message });
  });

  it('asks by its own window for a passphrase that it is not given, and takes a given one through a pipe', async () => {
    const { gnupg, calls } = await scripted('cat <&3');
    await expect(gnupg.exportSecret('AAAA')).rejects.toMatchObject({
      message: 'gpg gave no secret key: it said nothing',
    });
    expect(await calls()).not.toContain('pinentry-mode');
    expect(await gnupg.exportSecret('AAAA', 'open sesame')).toBe('open sesame\n');
    expect(await calls()).toContain('--pinentry-mode loopback --passphrase-fd 3');
    expect(await calls()).not.toContain('open sesame');
  });

  it('that takes no key says why', async () => {
    await (await scripted('cat >/dev/null')).gnupg.import('key');
    const { gnupg } = await scripted("cat >/dev/null; echo 'key is too new' >&2; exit 2");
    await expect(gnupg.import('key')).rejects.toMatchObject({
      message: 'gpg did not take the key: key is too new',
    });
  });

  it('that does not start is named', async () => {
    const folder = await scratchFolder();
    const gone = new GnuPG(join(folder, 'gone'), join(folder, 'home'), {});
    await expect(gone.import('key')).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('did not start'),
    });
  });
});

describe('the session key of a message', () => {
  const sessionKey = "printf '[GNUPG:] SESSION_KEY 9:AB01\\n'";
  const opened = { algorithm: 9, data: Buffer.from([0xab, 1]) };
  const open = async (script: string, passphrase?: string) => {
    const { gnupg, calls } = await scripted(script);
    return {
      found: gnupg.sessionKey(Buffer.alloc(3), passphrase === undefined ? {} : { passphrase }),
      calls,
    };
  };

  it('comes without a passphrase where nobody has to be asked', async () => {
    expect(await (await open(sessionKey)).found).toEqual(opened);
    expect(await (await open('exit 2')).found).toBeUndefined();
  });

  it.each([
    ['a bad passphrase by its number', "printf '[GNUPG:] ERROR pkdecrypt_failed 11\\n'; exit 2"],
    ['a bad PIN by its number, with its source', "printf '[GNUPG:] ERROR scd 100663383\\n'; exit 2"],
    ['a bad passphrase in words', "echo 'gpg: decryption failed: Bad passphrase' >&2; exit 2"],
  ])('is none for %s', async (_what, script) => {
    expect(await (await open(script, 'wrong')).found).toBeUndefined();
  });

  it('is asked for by the own window of an agent that takes no passphrase from others', async () => {
    const script = `case "$*" in *loopback*) echo 'setting pinentry mode loopback failed: Not supported' >&2; exit 2;; esac; ${sessionKey}`;
    expect(await (await open(script, 'right')).found).toEqual(opened);
  });

  it('fails for any other reason with what is said', async () => {
    const { found } = await open("echo 'gpg: no smartcard' >&2; exit 2", 'right');
    await expect(found).rejects.toMatchObject({
      message: 'gpg could not open the message: gpg: no smartcard',
    });
  });

  it('is no longer waited for when it is cancelled', async () => {
    const { gnupg } = await scripted('exec sleep 20');
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    await expect(gnupg.sessionKey(Buffer.alloc(3), { signal: stop.signal })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});
