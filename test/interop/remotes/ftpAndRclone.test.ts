import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { readRemoteConfigs } from '../../../src/core/remotes/config.ts';
import { openRemote } from '../../../src/core/remotes/openRemote.ts';
import { rcloneRemotes } from '../../../src/core/remotes/rclone.ts';
import type {
  HostQuestion,
  Remote,
  RemoteContext,
  SecretQuestion,
} from '../../../src/core/remotes/remote.ts';
import { noSignal, remoteContext, testPace } from '../../support/remotes.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { programPath } from '../../support/servers/daemon.ts';
import { type FtpServer, ftpMissing, startFtpServer } from '../../support/servers/ftpServer.ts';

let folder: string;

beforeEach(async () => {
  folder = await scratchFolder();
});

async function open(settings: object, context: Partial<RemoteContext> = {}): Promise<Remote> {
  const [config] = readRemoteConfigs([{ name: 'nas', ...settings }]);
  if (!config) throw new Error('no configuration');
  const remote = await openRemote(config, remoteContext(folder, context));
  onTestFinished(() => remote.close());
  return remote;
}

describe.skipIf(ftpMissing !== undefined)(`FTP${ftpMissing ? ` (needs ${ftpMissing})` : ''}`, () => {
  const servers: Partial<Record<'tls' | 'plain', FtpServer & { folder: string }>> = {};

  beforeAll(async () => {
    for (const kind of ['tls', 'plain'] as const) {
      const served = await mkdtemp(join(tmpdir(), 'dbbackup-ftp-'));
      servers[kind] = { ...(await startFtpServer(served, kind === 'tls')), folder: served };
    }
  });
  afterAll(async () => {
    for (const server of Object.values(servers)) {
      await server.stop();
      await rm(server.folder, { recursive: true });
    }
  });

  function settingsOf(kind: 'tls' | 'plain') {
    const server = servers[kind];
    if (!server) throw new Error('no server');
    const { port, user } = server;
    return {
      server,
      settings: { type: 'ftp', host: '127.0.0.1', port, user, path: '/', secure: kind === 'tls' },
    };
  }

  test('refuses a wrong password, asking again, and it is in no error', async () => {
    const asked: number[] = [];
    const secret = async ({ attempt }: SecretQuestion) => {
      asked.push(attempt);
      return 'hunter2';
    };
    // The server waits before it says no.
    const pace = { ...testPace, idleMs: 15_000 };
    const remote = await open(settingsOf('plain').settings, { secret, pace });
    const error = await remote.list(noSignal).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'wrong-passphrase' });
    expect(asked).toEqual([1, 2, 3]);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hunter2');
  });

  test('without a password says that it is needed', async () => {
    await expect((await open(settingsOf('plain').settings)).list(noSignal)).rejects.toMatchObject({
      code: 'passphrase-needed',
    });
  });

  test('in the clear takes encrypted files only, by their content', async () => {
    const { server, settings } = settingsOf('plain');
    const remote = await open(settings, { secret: async () => server.password });
    const [plain, binary, armored] = ['plain.dump.gpg', 'binary.gpg', 'armored.asc'].map((name) =>
      join(folder, name),
    );
    await writeFile(plain as string, 'SQLite format 3\0');
    await writeFile(binary as string, Buffer.from([0x85, 0x01, 0x0c, 0x03]));
    await writeFile(armored as string, '-----BEGIN PGP MESSAGE-----\n');
    const upload = (path: string | undefined, name: string) =>
      remote.upload(path ?? '', name, { signal: noSignal });
    await expect(upload(plain, 'plain.dump.gpg')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/not encrypted/),
    });
    await upload(binary, 'binary.gpg');
    await upload(armored, 'armored.asc');
    expect((await readdir(server.folder)).sort()).toEqual(['armored.asc', 'binary.gpg']);
  });

  describe('a certificate that nobody vouches for', () => {
    test('is shown, agreed to once, and remembered', async () => {
      const { server, settings } = settingsOf('tls');
      const asked: HostQuestion[] = [];
      const context = {
        secret: async () => server.password,
        trustHost: async (question: HostQuestion) => asked.push(question) > 0,
      };
      for (const _ of [1, 2]) await (await open(settings, context)).list(noSignal);
      expect(asked).toEqual([
        {
          remote: 'nas',
          host: `127.0.0.1:${server.port}`,
          keyType: 'certificate',
          fingerprint: server.fingerprint,
        },
      ]);
    });

    test('and is not agreed to gets no password', async () => {
      const secret = async () => expect.unreachable('no password is asked for');
      const remote = await open(settingsOf('tls').settings, { secret });
      await expect(remote.list(noSignal)).rejects.toMatchObject({ code: 'not-confirmed' });
    });

    test('and is not the one that was agreed to is refused', async () => {
      const { settings } = settingsOf('tls');
      await mkdir(join(folder, 'dbbackup'));
      const other = Array.from({ length: 32 }, () => 'AB').join(':');
      await writeFile(
        join(folder, 'dbbackup', 'known_certificates'),
        `127.0.0.1:${settings.port} ${other}\n`,
      );
      const never = async () => expect.unreachable('nobody is asked');
      const remote = await open(settings, { secret: never, trustHost: never });
      await expect(remote.list(noSignal)).rejects.toMatchObject({
        code: 'remote-failed',
        message: expect.stringMatching(/not the one that was agreed to/),
      });
    });
  });
});

const rclone = programPath('rclone');

describe.skipIf(!rclone)(`rclone${rclone ? '' : ' (needs rclone)'}`, () => {
  const settings = { type: 'rclone', remote: 'here', path: '/tmp' };
  let environment: Record<string, string>;

  beforeEach(async () => {
    environment = { PATH: process.env.PATH ?? '', HOME: folder, RCLONE_CONFIG: join(folder, 'rclone.conf') };
    await writeFile(join(folder, 'rclone.conf'), '[here]\ntype = local\n');
  });

  test('tells the names that it knows', async () => {
    const context = remoteContext(folder, { environment });
    expect(await rcloneRemotes(context, noSignal)).toEqual(['here']);
    const missing = remoteContext(folder, { environment: { ...environment, PATH: folder } });
    await expect(rcloneRemotes(missing, noSignal)).rejects.toMatchObject({ code: 'remote-failed' });
  });

  test('that is not installed is named', async () => {
    const remote = await open(settings, { environment: { ...environment, PATH: folder } });
    await expect(remote.list(noSignal)).rejects.toMatchObject({
      message: expect.stringMatching(/no rclone on the PATH/),
    });
  });

  test('of the workspace is never started', async () => {
    const workspace = join(folder, 'workspace');
    await mkdir(workspace);
    await writeFile(join(workspace, 'rclone'), `#!/bin/sh\ntouch ${folder}/ran\n`);
    await chmod(join(workspace, 'rclone'), 0o755);
    const remote = await open(settings, { environment: { ...environment, PATH: workspace } });
    await expect(remote.list(noSignal)).rejects.toMatchObject({ code: 'remote-failed' });
    const link = join(folder, 'bin');
    await mkdir(link);
    await symlink(join(workspace, 'rclone'), join(link, 'rclone'));
    const linked = await open(settings, { environment: { ...environment, PATH: link } });
    await expect(linked.list(noSignal)).rejects.toMatchObject({ code: 'remote-failed' });
    expect(await readdir(folder)).not.toContain('ran');
  });

  test.each(['there', 'here,type=local', ':local', '--config=x', ':sftp,ssh="touch ran"', ''])(
    'knows no remote %j',
    async (remote) => {
      if (remote === '')
        return void expect(() => readRemoteConfigs([{ name: 'x', ...settings, remote }])).toThrow();
      await expect(
        (await open({ ...settings, remote }, { environment })).list(noSignal),
      ).rejects.toMatchObject({
        code: 'no-such-remote',
        hint: 'It knows: here.',
      });
    },
  );

  test('with an encrypted configuration asks for its password, and no secret reaches it by its arguments', async () => {
    const encrypted = spawnSync(
      'python3',
      [
        '-c',
        'import pty,sys; pty.spawn(sys.argv[1:])',
        rclone ?? '',
        'config',
        '--config',
        join(folder, 'rclone.conf'),
      ],
      { input: 's\na\nopen sesame\nopen sesame\nq\nq\n', env: environment, timeout: 20_000 },
    );
    const config = await readFile(join(folder, 'rclone.conf'), 'utf8');
    expect(config, encrypted.stdout.toString()).toContain('RCLONE_ENCRYPT_V0');
    await expect((await open(settings, { environment })).list(noSignal)).rejects.toMatchObject({
      code: 'passphrase-needed',
    });
    await expect(
      (await open(settings, { environment, secret: async () => 'wrong' })).list(noSignal),
    ).rejects.toMatchObject({ code: 'wrong-passphrase' });
    const asked: SecretQuestion[] = [];
    const secret = async (question: SecretQuestion) => {
      asked.push(question);
      return question.attempt === 1 ? 'wrong' : 'open sesame';
    };
    await (await open({ ...settings, path: folder }, { environment, secret })).list(noSignal);
    expect(asked.map(({ kind, attempt }) => `${kind} ${attempt}`)).toEqual([
      'rclone-config 1',
      'rclone-config 2',
    ]);
  });
});
