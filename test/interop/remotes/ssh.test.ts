import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { readRemoteConfigs } from '../../../src/core/remotes/config.ts';
import { openRemote } from '../../../src/core/remotes/openRemote.ts';
import type {
  HostQuestion,
  Remote,
  RemoteContext,
  SecretQuestion,
} from '../../../src/core/remotes/remote.ts';
import { noSignal, remoteContext } from '../../support/remotes.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { type OddRequest, startOddServer } from '../../support/servers/oddSftpServer.ts';
import {
  keygen,
  type SshServer,
  sshd,
  startSshServer,
  writeKnownHosts,
} from '../../support/servers/sshServer.ts';

let folder: string;

beforeEach(async () => {
  folder = await scratchFolder();
  await mkdir(join(folder, '.ssh'), { mode: 0o700 });
});

async function open(settings: object, context: Partial<RemoteContext> = {}): Promise<Remote> {
  const [config] = readRemoteConfigs([{ name: 'web', type: 'sftp', path: folder, ...settings }]);
  if (!config) throw new Error('no configuration');
  const remote = await openRemote(config, remoteContext(folder, context));
  onTestFinished(() => remote.close());
  return remote;
}

describe.skipIf(!sshd)(`OpenSSH${sshd ? '' : ' (needs sshd)'}`, () => {
  let server: SshServer;

  beforeAll(async () => {
    server = await startSshServer();
  });
  afterAll(() => server?.stop());

  const address = () => ({ host: '127.0.0.1', port: server.port, user: server.user });
  const keyName = () => `[127.0.0.1]:${server.port}`;
  const useKey = async () => {
    for (const name of ['id_ed25519', 'id_ed25519.pub'])
      await writeFile(join(folder, '.ssh', name), await readFile(join(server.home, '.ssh', name)), {
        mode: 0o600,
      });
  };
  const knownHosts = () => join(folder, '.ssh', 'known_hosts');

  describe('a host', () => {
    beforeEach(useKey);

    test('that is unknown is shown with its fingerprint, and remembered when it is the right one', async () => {
      const asked: HostQuestion[] = [];
      const trustHost = async (question: HostQuestion) => asked.push(question) > 0;
      await (await open(address(), { trustHost })).list(noSignal);
      await (await open(address(), { trustHost })).list(noSignal);
      expect(asked).toHaveLength(1);
      await writeFile(join(folder, 'shown'), `x ${server.hostKeys[0]}\n`);
      const shown = execFileSync('ssh-keygen', ['-lf', join(folder, 'shown')])
        .toString()
        .split(' ')[1];
      expect(asked[0]).toEqual({
        remote: 'web',
        host: keyName(),
        keyType: 'ssh-ed25519',
        fingerprint: shown,
      });
      expect(existsSync(knownHosts())).toBe(false);
      expect(await readFile(join(folder, 'dbbackup', 'known_hosts'), 'utf8')).toContain(keyName());
    });

    test('that is unknown and not agreed to is sent nothing', async () => {
      const secret = async () => expect.unreachable('no secret is asked for');
      await expect((await open(address(), { secret })).list(noSignal)).rejects.toMatchObject({
        code: 'not-confirmed',
        message: expect.stringMatching(/SHA256:/),
      });
      expect(existsSync(join(folder, 'dbbackup', 'known_hosts'))).toBe(false);
    });

    test('that shows another key is refused, with the line that knows the old one', async () => {
      keygen(join(folder, 'old'), 'ed25519');
      const old = (await readFile(join(folder, 'old.pub'), 'utf8')).split(' ').slice(0, 2).join(' ');
      await writeFile(knownHosts(), `# mine\n${keyName()} ${old}\n`);
      const trustHost = async () => expect.unreachable('nobody is asked');
      await expect((await open(address(), { trustHost })).list(noSignal)).rejects.toMatchObject({
        code: 'remote-failed',
        message: expect.stringContaining(`${knownHosts()}:2`),
      });
    });

    test('whose key was revoked is refused', async () => {
      await writeFile(
        knownHosts(),
        `@revoked ${keyName()} ${server.hostKeys[0]}\n${keyName()} ${server.hostKeys[0]}\n`,
      );
      await expect((await open(address())).list(noSignal)).rejects.toMatchObject({
        message: expect.stringContaining('revoked'),
      });
    });

    test('that is known by another type of key only is asked for that', async () => {
      await writeFile(knownHosts(), `${keyName()} ${server.hostKeys[1]}\n`);
      expect(server.hostKeys[1]).toMatch(/^ssh-rsa/);
      expect(await (await open(address())).list(noSignal)).toBeDefined();
    });

    test('that ssh-keygen hashed is known', async () => {
      await writeKnownHosts(folder, server.port, server.hostKeys);
      execFileSync('ssh-keygen', ['-q', '-H', '-f', knownHosts()], { stdio: 'ignore' });
      expect(await readFile(knownHosts(), 'utf8')).toMatch(/^\|1\|/);
      expect(await (await open(address())).list(noSignal)).toBeDefined();
    });
  });

  describe('logging in', () => {
    beforeEach(() => writeKnownHosts(folder, server.port, server.hostKeys));

    test('by a host of ~/.ssh/config', async () => {
      const config = ['Host web1', ' HostName 127.0.0.1', ` Port ${server.port}`, ` User ${server.user}`];
      const key = ` IdentityFile ${join(server.home, '.ssh', 'id_ed25519')}`;
      await writeFile(join(folder, '.ssh', 'config'), [...config, key, ''].join('\n'));
      expect(await (await open({ host: 'web1' })).list(noSignal)).toBeDefined();
    });

    test('through a jump host', async () => {
      await useKey();
      const config = ['Host inner', ' HostName 127.0.0.1', ` Port ${server.port}`, ' ProxyJump outer'];
      const outer = ['Host outer', ' HostName localhost', ` Port ${server.port}`, ' HostKeyAlias outer'];
      await writeFile(join(folder, '.ssh', 'config'), [...config, ...outer, ''].join('\n'));
      const known = await readFile(knownHosts(), 'utf8');
      await writeFile(knownHosts(), `${known}outer ${server.hostKeys[0]}\n`);
      expect(await (await open({ host: 'inner', user: server.user })).list(noSignal)).toBeDefined();
    });

    test('by the agent', async () => {
      const socket = join(folder, 'agent');
      const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
      onTestFinished(async () => {
        const ended = once(agent, 'exit');
        agent.kill();
        await ended;
      });
      while (!existsSync(socket)) await new Promise((done) => setTimeout(done, 20));
      const environment = { PATH: process.env.PATH, HOME: folder, SSH_AUTH_SOCK: socket };
      await expect((await open(address(), { environment })).list(noSignal)).rejects.toMatchObject({
        code: 'remote-failed',
        message: expect.stringContaining('the agent'),
      });
      const key = join(server.home, '.ssh', 'id_ed25519');
      execFileSync('ssh-add', ['-q', key], { env: { ...environment }, stdio: 'ignore' });
      expect(await (await open(address(), { environment })).list(noSignal)).toBeDefined();
    });

    test('an agent that is gone is one way less', async () => {
      await useKey();
      const environment = { PATH: process.env.PATH, HOME: folder, SSH_AUTH_SOCK: join(folder, 'gone') };
      expect(await (await open(address(), { environment })).list(noSignal)).toBeDefined();
    });

    test('by a key whose passphrase is asked for, again when it is wrong', async () => {
      const key = join(folder, 'locked');
      await writeFile(key, await readFile(join(server.home, '.ssh', 'id_ed25519')), { mode: 0o600 });
      execFileSync('ssh-keygen', ['-q', '-p', '-N', 'open sesame', '-f', key]);
      const asked: SecretQuestion[] = [];
      const secret = async (question: SecretQuestion) => {
        asked.push(question);
        return question.attempt === 1 ? 'wrong' : 'open sesame';
      };
      const remote = await open({ ...address(), keyFile: key }, { secret });
      await remote.list(noSignal);
      await remote.close();
      await remote.list(noSignal);
      expect(asked).toEqual(
        [1, 2].map((attempt) => ({ remote: 'web', kind: 'key-passphrase', subject: key, attempt })),
      );
    });

    test('without anything says what was tried, and no secret', async () => {
      const key = join(folder, 'locked');
      keygen(key, 'ed25519', 'open sesame');
      await expect((await open({ ...address(), keyFile: key })).list(noSignal)).rejects.toMatchObject({
        code: 'passphrase-needed',
        message: expect.stringContaining(key),
      });
      const wrong = open({ ...address(), keyFile: key }, { secret: async () => 'hunter2' });
      const error = await (await wrong).list(noSignal).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'wrong-passphrase' });
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hunter2');
    });
  });

  test('a folder that is not there is made by the first upload, and missed before', async () => {
    await useKey();
    await writeKnownHosts(folder, server.port, server.hostKeys);
    const path = join(folder, 'a', 'b');
    const remote = await open({ ...address(), path });
    await expect(remote.list(noSignal)).rejects.toMatchObject({
      message: expect.stringContaining('no folder'),
    });
    await writeFile(join(folder, 'local'), 'x');
    await remote.upload(join(folder, 'local'), 'x.dump', { signal: noSignal });
    expect(await readFile(join(path, 'x.dump'), 'utf8')).toBe('x');
  });

  test('a host that nothing listens at is given up by name', async () => {
    const remote = await open({ host: '127.0.0.1', port: 1 });
    await expect(remote.list(noSignal)).rejects.toMatchObject({
      code: 'remote-failed',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe.skipIf(!sshd)('an odd server', () => {
  async function start(request: Omit<OddRequest, 'hostKey'>, context: Partial<RemoteContext> = {}) {
    keygen(join(folder, 'host'), 'ed25519');
    const server = await startOddServer({
      hostKey: await readFile(join(folder, 'host'), 'utf8'),
      ...request,
    });
    onTestFinished(() => server.stop());
    const known = { trustHost: async () => true, secret: async () => request.password };
    const settings = { host: '127.0.0.1', port: server.port, user: 'me', path: '/srv' };
    return { server, remote: await open(settings, { ...known, ...context }) };
  }

  test.each(['password', 'keyboard-interactive'] as const)('takes the password by %s', async (method) => {
    const { server, remote } = await start({ password: 'pässword', methods: [method] });
    expect(await remote.list(noSignal)).toEqual([]);
    expect(server.asked).toEqual([{ method, password: 'pässword' }]);
  });

  test('refuses a wrong password, and it is in no error', async () => {
    const asked: number[] = [];
    const secret = async ({ attempt }: SecretQuestion) => {
      asked.push(attempt);
      return 'hunter2';
    };
    const { remote } = await start({ password: 'right', methods: ['password'] }, { secret });
    const error = await remote.list(noSignal).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'wrong-passphrase',
      message: expect.stringContaining('me@127.0.0.1'),
    });
    expect(asked).toEqual([1, 2, 3]);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hunter2');
  });

  test.each([
    ['less than it sends', 50, /sends more/],
    ['more than it sends', 150, /ended after 100 of the 150 bytes/],
  ])('that says of a file %s is caught', async (_, saidBytes, message) => {
    const file = { name: 'x.dump', content: Buffer.alloc(100, 1), saidBytes };
    const { remote } = await start({ password: 'p', methods: ['password'], file });
    const into = join(folder, 'into');
    await expect(remote.download('x.dump', into, { signal: noSignal })).rejects.toMatchObject({
      code: 'remote-failed',
      message: expect.stringMatching(message),
    });
    expect(existsSync(join(into, 'x.dump'))).toBe(false);
  });
});

test('a drive that is not mounted is not written below', async () => {
  const path = join(folder, 'mnt');
  const [config] = readRemoteConfigs([{ name: 'usb', type: 'folder', path }]);
  if (!config) throw new Error('no configuration');
  const remote = await openRemote(config, remoteContext(folder));
  await writeFile(join(folder, 'local'), 'x');
  const upload = () => remote.upload(join(folder, 'local'), 'x.dump', { signal: noSignal });
  await expect(upload()).rejects.toMatchObject({ message: expect.stringContaining(`${path} is not there`) });
  expect(existsSync(path)).toBe(false);
  await mkdir(path);
  await upload();
  await rename(path, `${path}.away`);
  await expect(remote.list(noSignal)).rejects.toMatchObject({ code: 'remote-failed' });
  await rm(`${path}.away`, { recursive: true });
});
