import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readJump, resolveSshHost, type SshWish } from '../../../src/core/remotes/sshHost.ts';
import { scratchFolder } from '../../support/scratch.ts';

async function resolve(config: string, wish: SshWish, more: Record<string, string> = {}) {
  const home = await scratchFolder();
  await mkdir(join(home, '.ssh', 'config.d'), { recursive: true });
  await writeFile(join(home, '.ssh', 'config'), config);
  for (const [name, text] of Object.entries(more)) await writeFile(join(home, '.ssh', name), text);
  return { home, ...(await resolveSshHost(wish, { HOME: home, SSH_AUTH_SOCK: '/run/agent' })) };
}

test('without a configuration it is the host itself', async () => {
  const { home, ...host } = await resolve('', { host: 'web1.example.org' });
  expect(host).toMatchObject({
    hostName: 'web1.example.org',
    port: 22,
    user: userInfo().username,
    keyName: 'web1.example.org',
    agent: '/run/agent',
    jumps: [],
  });
  expect(host.keyFiles[0]).toBe(join(home, '.ssh', 'id_ed25519'));
  expect(host.knownHostsFiles).toContain(join(home, '.ssh', 'known_hosts'));
});

test("takes a host's lines, the first of each", async () => {
  const config = `
Host web1
  HostName 10.0.0.7
  User deploy
  Port 2222
  IdentityFile ~/.ssh/deploy key
  IdentityFile "%d/.ssh/%r@%h"
Host *
  User nobody
  Port 23
  UserKnownHostsFile ~/.ssh/hosts
`;
  const { home, ...host } = await resolve(config, { host: 'web1' });
  expect(host).toMatchObject({
    hostName: '10.0.0.7',
    user: 'deploy',
    port: 2222,
    keyName: '[10.0.0.7]:2222',
    keyFiles: [join(home, '.ssh', 'deploy key'), join(home, '.ssh', 'deploy@10.0.0.7')],
    knownHostsFiles: [join(home, '.ssh', 'hosts'), '/etc/ssh/ssh_known_hosts'],
  });
});

test("the settings' own words win", async () => {
  const wish = { host: 'web1', user: 'me', port: 2200, keyFile: '~/key' };
  const { home, ...host } = await resolve('Host web1\n User deploy\n Port 2222\n', wish);
  expect(host).toMatchObject({ user: 'me', port: 2200 });
  expect(host.keyFiles[0]).toBe(join(home, 'key'));
});

test('follows Include', async () => {
  const more = {
    'config.d/b.conf': 'Host web1\n HostName b\n',
    'config.d/a.conf': 'Host web1\n HostName a\n',
  };
  expect((await resolve('Include config.d/*.conf\n', { host: 'web1' }, more)).hostName).toBe('a');
  expect((await resolve('Include config\n', { host: 'web1' })).hostName).toBe('web1');
});

test('starts no command of the configuration', async () => {
  const folder = await scratchFolder();
  const config = `Match exec "touch ${folder}/ran"\n User hacked\nCanonicalizeHostname yes\n`;
  expect((await resolve(config, { host: 'web1' })).user).not.toBe('hacked');
  await expect(resolve('Host web1\n ProxyCommand nc %h %p\n', { host: 'web1' })).rejects.toMatchObject({
    code: 'remote-failed',
    message: expect.stringContaining('ProxyCommand'),
  });
});

test('knows jump hosts, key aliases and agents', async () => {
  const config = 'Host web1\n ProxyJump me@gate:2200,inner\n HostKeyAlias the-web\n IdentityAgent ~/agent\n';
  const { home, ...host } = await resolve(config, { host: 'web1' });
  expect(host).toMatchObject({
    jumps: ['me@gate:2200', 'inner'],
    keyName: 'the-web',
    agent: join(home, 'agent'),
  });
  expect((await resolve('Host *\n IdentityAgent none\n', { host: 'web1' })).agent).toBeUndefined();
  expect((await resolve('Host *\n IdentitiesOnly yes\n', { host: 'web1' })).agent).toBeUndefined();
});

test.each([
  ['$MY_AGENT', '/run/mine'],
  ['$NO_AGENT', undefined],
  ['SSH_AUTH_SOCK', '/run/agent'],
  ['%d/agent-%i-%x', expect.stringMatching(/\/agent-\d+-%x$/)],
])('an agent named %s', async (named, agent) => {
  const home = await scratchFolder();
  await mkdir(join(home, '.ssh'));
  await writeFile(join(home, '.ssh', 'config'), `Host *\n IdentityAgent ${named}\n`);
  const environment = { HOME: '', USERPROFILE: home, SSH_AUTH_SOCK: '/run/agent', MY_AGENT: '/run/mine' };
  expect((await resolveSshHost({ host: 'web1' }, environment)).agent).toEqual(agent);
});

test('a configuration that includes a file by its whole path, in quotes, or that is a folder', async () => {
  const home = await scratchFolder();
  await writeFile(join(home, 'other file'), 'Host web1\n Port 2222\n');
  const include = `Include "${join(home, 'other file')}"\nHost web1\n Port 23\n`;
  expect((await resolve(include, { host: 'web1' })).port).toBe(2222);
  await mkdir(join(home, '.ssh', 'config'), { recursive: true });
  expect((await resolveSshHost({ host: 'web1' }, { HOME: home })).port).toBe(22);
});

test('no jump at all, by its word', async () => {
  expect((await resolve('Host *\n ProxyJump NONE\n ProxyCommand none\n', { host: 'web1' })).jumps).toEqual(
    [],
  );
});

test.each(['', 'me@', 'a:b:c'])('%j is no jump host', (text) => {
  expect(() => readJump(text)).toThrow(expect.objectContaining({ code: 'usage' }));
});

describe('reads a jump host', () => {
  test.each([
    ['gate', { host: 'gate', user: undefined, port: undefined }],
    ['me@gate:2200', { host: 'gate', user: 'me', port: 2200 }],
    ['ssh://me@gate:2200/', { host: 'gate', user: 'me', port: 2200 }],
    ['ssh://me@gate/', { host: 'gate', user: 'me', port: undefined }],
    ['[fe80::1]:22', { host: 'fe80::1', user: undefined, port: 22 }],
  ])('%s', (text, wish) => {
    expect(readJump(text)).toEqual(wish);
  });
});
