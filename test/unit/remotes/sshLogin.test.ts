import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { findRemoteConfig, readRemoteConfigs } from '../../../src/core/remotes/config.ts';
import type { SecretQuestion } from '../../../src/core/remotes/remote.ts';
import { SecretKeeper } from '../../../src/core/remotes/secretKeeper.ts';
import { resolveSshHost, type SshHost } from '../../../src/core/remotes/sshHost.ts';
import { SshLogin } from '../../../src/core/remotes/sshLogin.ts';
import { remoteContext } from '../../support/remotes.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { sshKey } from '../../support/servers/scriptedSftpServer.ts';

let folder: string;
beforeEach(async () => {
  folder = await scratchFolder();
});

/** A login whose questions are noted and answered with the next answer. */
function login(host: Partial<SshHost>, answers: (string | undefined)[] = []) {
  const asked: SecretQuestion[] = [];
  const secret = async (question: SecretQuestion) => {
    asked.push(question);
    return answers.shift();
  };
  const usual: SshHost = {
    hostName: 'web1',
    port: 22,
    user: 'me',
    keyName: 'web1',
    keyFiles: [],
    agent: undefined,
    knownHostsFiles: [],
    jumps: [],
  };
  const keeper = new SecretKeeper(remoteContext(folder, { secret }), 'web');
  return { asked, made: new SshLogin({ ...usual, ...host }, keeper) };
}

/** The ways that are tried where a server goes on to take these. */
async function tried(made: SshLogin, left: string[]): Promise<string[]> {
  const methods = made.methods();
  const types: string[] = [];
  for (let next = await methods.next([]); !next.done; next = await methods.next(left))
    types.push(next.value.type);
  return types;
}

const locked = async (name: string) => {
  await writeFile(join(folder, name), sshKey('open sesame'));
  return join(folder, name);
};

describe('logging in', () => {
  test('tries the agent and the keys that can be read, and then asks for a password', async () => {
    const open = join(folder, 'open');
    await writeFile(open, sshKey());
    await writeFile(join(folder, 'junk'), 'no key');
    const keyFiles = [join(folder, 'gone'), join(folder, 'junk'), open];
    const { made, asked } = login({ agent: '/run/agent', keyFiles }, ['secret', undefined]);
    expect(await tried(made, ['publickey', 'password'])).toEqual(['none', 'agent', 'publickey', 'password']);
    expect(asked.map(({ kind, attempt }) => [kind, attempt])).toEqual([
      ['password', 1],
      ['password', 2],
    ]);
    expect(made.problem('web')).toMatchObject({ code: 'wrong-passphrase' });
  });

  test('ends where nobody knows a password, and says what was tried', async () => {
    const { made } = login({ agent: '/run/agent' });
    expect(await tried(made, ['publickey', 'keyboard-interactive'])).toEqual(['none', 'agent']);
    expect(made.problem('web')).toMatchObject({
      code: 'remote-failed',
      message: 'web: the server lets me@web1 in by nothing that is at hand here. Tried: the agent.',
    });
    const nothing = login({});
    expect(await tried(nothing.made, [])).toEqual(['none']);
    expect(nothing.made.problem('web').message).toMatch(/at hand here\.$/);
  });

  test('needs the passphrase of a key that nobody gives, and does not take a wrong one for that', async () => {
    const key = await locked('key');
    const missing = login({ keyFiles: [key] });
    await tried(missing.made, ['publickey']);
    expect(missing.made.problem('web')).toMatchObject({
      code: 'passphrase-needed',
      message: expect.stringContaining(key),
    });
    const wrong = login({ keyFiles: [key] }, ['wrong', undefined]);
    await tried(wrong.made, ['publickey']);
    expect(wrong.asked.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(wrong.made.problem('web')).toMatchObject({ code: 'wrong-passphrase' });
    const right = login({ keyFiles: [key] }, ['wrong', 'open sesame']);
    expect(await tried(right.made, ['publickey'])).toEqual(['none', 'publickey']);
  });

  test('does not pass over a key file that the system cannot read', async () => {
    await symlink('loop', join(folder, 'loop'));
    const { made } = login({ keyFiles: [join(folder, 'loop')] });
    await expect(tried(made, ['publickey'])).rejects.toMatchObject({ code: 'ELOOP' });
  });
});

test("a configuration of ssh that the system cannot read is no reason to guess, and a user's folder may have another name", async () => {
  const { mkdir } = await import('node:fs/promises');
  await mkdir(join(folder, '.ssh'));
  expect((await resolveSshHost({ host: 'web1' }, { USERPROFILE: folder })).keyFiles[0]).toBe(
    join(folder, '.ssh', 'id_ed25519'),
  );
  await symlink('config', join(folder, '.ssh', 'config'));
  await expect(resolveSshHost({ host: 'web1' }, { HOME: folder })).rejects.toMatchObject({ code: 'ELOOP' });
});

test('a remote that is not there is told with those that are', () => {
  const configs = readRemoteConfigs([
    { name: 'nas', type: 'folder', path: '/mnt/nas' },
    { name: 'cloud', type: 'rclone', remote: 'drive' },
  ]);
  expect(configs[1]).toMatchObject({ path: '' });
  expect(() => findRemoteConfig(configs, 'usb')).toThrow(
    expect.objectContaining({ code: 'no-such-remote', hint: 'The remotes are: nas, cloud.' }),
  );
  expect(() => findRemoteConfig([], 'usb')).toThrow(
    expect.objectContaining({ hint: 'Add one to the setting dbbackup.remotes.' }),
  );
  expect(() =>
    readRemoteConfigs([{ name: 'a', type: 'folder', path: '/x', retention: { hourly: 1 } }]),
  ).toThrow(/\[0\]\.retention is no retention/);
});
