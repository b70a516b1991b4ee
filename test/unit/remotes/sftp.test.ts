import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { readRemoteConfigs, type SftpConfig } from '../../../src/core/remotes/config.ts';
import type { RemoteContext } from '../../../src/core/remotes/remote.ts';
import { SftpTransport } from '../../../src/core/remotes/sftp.ts';
import { BrokenConnection } from '../../../src/core/remotes/transport.ts';
import { noSignal, remoteContext, testPace } from '../../support/remotes.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { attributes, type Script, startScriptedServer } from '../../support/servers/scriptedSftpServer.ts';

const { OK, EOF, NO_SUCH_FILE, PERMISSION_DENIED, FAILURE } = ssh2.utils.sftp.STATUS_CODE;
const file = 0o100_644;
const link = 0o120_777;
const directory = 0o040_755;

let home: string;
beforeEach(async () => {
  home = await scratchFolder();
  await mkdir(join(home, '.ssh'));
});

function transport(
  settings: object,
  context: Partial<RemoteContext> = {},
  pace: object = testPace,
): SftpTransport {
  const [config] = readRemoteConfigs([
    { name: 'web', type: 'sftp', host: '127.0.0.1', path: '/srv', ...settings },
  ]);
  const agreed = { trustHost: async () => true, ...context };
  const made = new SftpTransport(config as SftpConfig, remoteContext(home, agreed), { ...testPace, ...pace });
  onTestFinished(() => made.close());
  return made;
}

async function served(answers: NonNullable<Script['answers']>, settings: object = {}, pace: object = {}) {
  const server = await startScriptedServer({ answers });
  onTestFinished(() => server.stop());
  return { server, remote: transport({ port: server.port, user: 'me', ...settings }, {}, pace) };
}

const refuses =
  (status: number): NonNullable<Script['answers']>[string] =>
  (sftp, id) =>
    sftp.status(id, status);

const missing = { STAT: refuses(NO_SUCH_FILE), LSTAT: refuses(NO_SUCH_FILE) };
const opens: NonNullable<Script['answers']> = {
  OPEN: (sftp, id) => sftp.handle(id, Buffer.from('f')),
  CLOSE: refuses(OK),
};

test.each([
  [{ path: '~' }, 'sftp://127.0.0.1/.'],
  [{ path: '~/backups//' }, 'sftp://127.0.0.1/backups'],
  [{ path: '/' }, 'sftp://127.0.0.1/'],
  [{ path: '/srv/b/', user: 'me', port: 2222 }, 'sftp://me@127.0.0.1:2222/srv/b'],
])('%j is shown as %s', (settings, address) => {
  expect(transport(settings).address).toBe(address);
});

describe('a folder on the server', () => {
  const folders = (...there: string[]): NonNullable<Script['answers']> => ({
    STAT: (sftp, id, path: string) =>
      there.includes(path) ? sftp.attrs(id, attributes(directory)) : sftp.status(id, NO_SUCH_FILE),
    MKDIR: refuses(OK),
  });

  test.each([
    ['/', '/a/b', ['MKDIR /a', 'MKDIR /a/b']],
    ['.', 'a/b', ['MKDIR a', 'MKDIR a/b']],
    ['/a/b', '/a/b', []],
  ])('where there is %s, %s is made from above, once', async (there, path, made) => {
    const { server, remote } = await served(folders(there), { path });
    await remote.prepare(noSignal);
    await remote.prepare(noSignal);
    expect(server.asked.filter((one) => one.startsWith('MKDIR'))).toEqual(made);
  });

  test('is not made where a file has its name', async () => {
    const { remote } = await served({ STAT: (sftp, id) => sftp.attrs(id, attributes(file)) });
    await expect(remote.prepare(noSignal)).rejects.toMatchObject({
      code: 'remote-failed',
      message: expect.stringContaining('there is no folder sftp://me@127.0.0.1'),
    });
  });

  test('that may not be looked at is told as that', async () => {
    const { remote } = await served({
      STAT: refuses(PERMISSION_DENIED),
      OPENDIR: refuses(PERMISSION_DENIED),
    });
    await expect(remote.prepare(noSignal)).rejects.toMatchObject({ code: 'folder-not-writable' });
    await expect(remote.list(noSignal)).rejects.toMatchObject({ code: 'folder-not-writable' });
  });

  test('lists plain files alone, and finds no others', async () => {
    const names = [
      { filename: 'a.dump', longname: '', attrs: attributes(file, 7) },
      { filename: 'link', longname: '', attrs: attributes(link) },
      { filename: 'folder', longname: '', attrs: attributes(directory) },
    ];
    let left = 1;
    const { remote } = await served({
      OPENDIR: (sftp, id) => sftp.handle(id, Buffer.from('d')),
      READDIR: (sftp, id) => (left-- > 0 ? sftp.name(id, names) : sftp.status(id, EOF)),
      CLOSE: refuses(OK),
      LSTAT: (sftp, id) => sftp.attrs(id, attributes(link)),
    });
    const found = { name: 'a.dump', bytes: 7, modified: new Date(1_700_000_000_000) };
    expect(await remote.list(noSignal)).toEqual([found]);
    expect(await remote.find('link', noSignal)).toBeUndefined();
    expect(await remote.server(noSignal)).toContain('ssh2');
  });
});

describe('a request that the server refuses', () => {
  test('to rename onto what is there says so, and else what the server says', async () => {
    const there = await served({
      RENAME: refuses(FAILURE),
      LSTAT: (sftp, id) => sftp.attrs(id, attributes(file)),
    });
    await expect(there.remote.rename('a.part', 'a.dump', noSignal)).rejects.toMatchObject({
      code: 'target-exists',
      message: expect.stringContaining('"a.dump"'),
    });
    const gone = await served({ ...missing, RENAME: refuses(FAILURE) });
    await expect(gone.remote.rename('a.part', 'a.dump', noSignal)).rejects.toMatchObject({ status: FAILURE });
  });

  test('to remove what is gone is none; to remove what it keeps is one', async () => {
    await (await served({ REMOVE: refuses(NO_SUCH_FILE) })).remote.remove('a.dump', noSignal);
    await expect(
      (await served({ REMOVE: refuses(PERMISSION_DENIED) })).remote.remove('a.dump', noSignal),
    ).rejects.toMatchObject({ code: 'folder-not-writable', message: expect.stringContaining('web: ') });
    await expect(
      (await served({ REMOVE: refuses(FAILURE) })).remote.remove('a.dump', noSignal),
    ).rejects.toMatchObject({ status: FAILURE });
  });

  test('to tell its free room leaves that unknown', async () => {
    expect(await (await served({})).remote.free(noSignal)).toBeUndefined();
    const { remote } = await served({});
    await expect(remote.free(AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  });

  test.each([
    [NO_SUCH_FILE, 'no-such-file'],
    [PERMISSION_DENIED, 'folder-not-writable'],
  ])('to open a file, with status %i, is %s', async (status, code) => {
    const { remote } = await served({ OPEN: refuses(status) });
    await expect(remote.read('a.dump', 0, noSignal).next()).rejects.toMatchObject({ code });
  });

  test('to write is told as it is where the disk may have room', async () => {
    const local = join(home, 'local');
    await writeFile(local, 'content');
    const write = (remote: SftpTransport) =>
      remote.write(local, 'a.part', 0, { signal: noSignal, onBytes: () => undefined });
    const failing = await served({ ...opens, WRITE: refuses(FAILURE) });
    await expect(write(failing.remote)).rejects.toMatchObject({ status: FAILURE });
    const forbidden = await served({ OPEN: refuses(PERMISSION_DENIED) });
    await expect(write(forbidden.remote)).rejects.toMatchObject({ code: 'folder-not-writable' });
    // This server knows no fsync either: the file counts as written.
    const plain = await served({ ...opens, WRITE: refuses(OK) });
    await write(plain.remote);
    expect(plain.server.asked.filter((one) => !one.startsWith('EXTENDED'))).toEqual([
      'OPEN /srv/a.part',
      'WRITE',
      'CLOSE',
    ]);
  });
});

describe('a connection', () => {
  test('to a server without SFTP is told as that', async () => {
    const server = await startScriptedServer({ offersSftp: false });
    onTestFinished(() => server.stop());
    await expect(transport({ port: server.port }).list(noSignal)).rejects.toMatchObject({
      code: 'remote-failed',
      message: expect.stringContaining('offers no SFTP'),
    });
  });

  test('on which no answer comes is a break, and the next request makes another', async () => {
    let answers = false;
    const { remote } = await served(
      { LSTAT: (sftp, id) => (answers ? sftp.status(id, NO_SUCH_FILE) : undefined) },
      {},
      { idleMs: 300 },
    );
    const asked = remote.find('a.dump', noSignal);
    await expect(asked).rejects.toThrow(BrokenConnection);
    await expect(asked).rejects.toThrow('no answer within 0.3 s');
    answers = true;
    expect(await remote.find('a.dump', noSignal)).toBeUndefined();
  });

  test('that is cancelled while a request is under way is over at once', async () => {
    const stop = new AbortController();
    const { remote } = await served({ LSTAT: () => stop.abort() });
    await expect(remote.find('a.dump', stop.signal)).rejects.toMatchObject({ code: 'cancelled' });
  });

  test('that the server ends is a break', async () => {
    const { remote } = await served({ LSTAT: (sftp) => sftp.end() });
    await expect(remote.find('a.dump', noSignal)).rejects.toThrow(BrokenConnection);
  });
});

describe('jump hosts', () => {
  const configure = (...lines: string[]) => writeFile(join(home, '.ssh', 'config'), `${lines.join('\n')}\n`);

  test('that lead to themselves end', async () => {
    await configure('Host loop', ' ProxyJump loop');
    await expect(transport({ host: 'loop' }).list(noSignal)).rejects.toMatchObject({
      code: 'remote-failed',
      message: 'web: more than 8 jump hosts.',
    });
  });

  test('are gone through in their order', async () => {
    const server = await startScriptedServer({ answers: missing, forwards: true });
    onTestFinished(() => server.stop());
    const jump = `me@127.0.0.1:${server.port}`;
    await configure(
      'Host inner',
      ' HostName 127.0.0.1',
      ` Port ${server.port}`,
      ` ProxyJump ${jump},${jump}`,
    );
    // All of them are this one server: it is known from here on.
    await transport({ port: server.port, user: 'me' }).find('a.dump', noSignal);
    expect(await transport({ host: 'inner' }).find('a.dump', noSignal)).toBeUndefined();
    expect(server.forwarded).toBe(2);
  });

  test('that pass nothing on are named, with what they do not reach', async () => {
    const server = await startScriptedServer();
    onTestFinished(() => server.stop());
    await configure('Host inner', ' HostName 10.1.2.3', ` ProxyJump me@127.0.0.1:${server.port}`);
    const found = transport({ host: 'inner' }).list(noSignal);
    await expect(found).rejects.toThrow(BrokenConnection);
    await expect(found).rejects.toThrow(`me@127.0.0.1:${server.port} does not reach 10.1.2.3`);
  });

  test('that cannot be read are a mistake of the configuration', async () => {
    await configure('Host inner', ' ProxyJump a@b@c:x');
    await expect(transport({ host: 'inner' }).list(noSignal)).rejects.toMatchObject({ code: 'usage' });
  });
});
