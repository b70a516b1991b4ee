import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { FtpTransport } from '../../../src/core/remotes/ftp.ts';
import type { RemoteContext } from '../../../src/core/remotes/remote.ts';
import { noSignal, remoteContext, testPace } from '../../support/remotes.ts';
import { scratchFolder } from '../../support/scratch.ts';

/** What any server answers to what leads up to a transfer. */
const usual: Record<string, string> = {
  USER: '331 Password?',
  PASS: '230 Welcome.',
  CWD: '250 There.',
  PWD: '257 "/"',
};

/** A server that speaks FTP's control connection alone, and answers each command as it is told to. */
async function ftpThat(
  answers: Record<string, string>,
  more: { user?: string; secret?: RemoteContext['secret'] } = {},
) {
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.write('220---- Test server ----\r\n220 Ready.\r\n');
    socket.setEncoding('utf8').on('data', (text: unknown) => {
      for (const line of String(text).split('\r\n').filter(Boolean)) {
        heard.push(line);
        const [command = ''] = line.split(' ');
        socket.write(`${answers[line] ?? answers[command] ?? usual[command] ?? '200 Yes.'}\r\n`);
      }
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const { user = 'me', secret = async () => 'word' } = more;
  const context = remoteContext(await scratchFolder(), { secret });
  const config = { name: 'nas', type: 'ftp', host: '127.0.0.1', port, user, path: 'backups', secure: false };
  return { heard, transport: new FtpTransport(config as never, context, testPace) };
}

test('a server that is known by its greeting', async () => {
  const { transport } = await ftpThat({});
  expect(await transport.server(noSignal)).toBe('FTP (no TLS) Test server');
  expect(transport.address).toMatch(/^ftp:\/\/me@127\.0\.0\.1:\d+\/backups$/);
});

test('a password that is refused is asked for again, thrice', async () => {
  const asked: number[] = [];
  const secret: RemoteContext['secret'] = async ({ attempt }) => {
    asked.push(attempt);
    return `word ${attempt}`;
  };
  const { transport, heard } = await ftpThat({ PASS: '530 No.' }, { secret });
  await expect(transport.server(noSignal)).rejects.toMatchObject({ code: 'wrong-passphrase' });
  expect(asked).toEqual([1, 2, 3]);
  expect(heard.filter((line) => line.startsWith('PASS'))).toEqual([
    'PASS word 1',
    'PASS word 2',
    'PASS word 3',
  ]);
});

test('who gives no other one is told that it was refused', async () => {
  const secret: RemoteContext['secret'] = async ({ attempt }) => (attempt === 1 ? 'word' : undefined);
  const { transport } = await ftpThat({ PASS: '530 No.' }, { secret });
  await expect(transport.server(noSignal)).rejects.toMatchObject({ code: 'wrong-passphrase' });
});

test('one with a line break in it, which would be another command, is never sent', async () => {
  const secret: RemoteContext['secret'] = async ({ attempt }) =>
    attempt === 1 ? 'word\r\nDELE all' : 'word';
  const { transport, heard } = await ftpThat({}, { secret });
  await transport.server(noSignal);
  expect(heard.filter((line) => /^(PASS|DELE)/.test(line))).toEqual(['PASS word']);
});

test('nobody is asked for the password of anonymous', async () => {
  const secret = () => Promise.reject(new Error('asked'));
  const { transport, heard } = await ftpThat({}, { user: 'anonymous', secret });
  await transport.server(noSignal);
  expect(heard).toContain('PASS anonymous@');
});

test.each([
  ['421 Too many users.', { name: 'BrokenConnection' }],
  ['451 Try later.', { name: 'BrokenConnection' }],
  ['502 Not here.', { code: 'remote-failed', message: 'nas: the server says 502 Not here.' }],
])('%s at the login', async (reply, error) => {
  const { transport } = await ftpThat({ USER: reply });
  await expect(transport.server(noSignal)).rejects.toMatchObject(error);
});

test.each([
  [
    'CWD',
    '550 No such directory.',
    { code: 'remote-failed', message: expect.stringContaining('there is no folder') },
  ],
  ['CWD', '421 Timeout.', { name: 'BrokenConnection' }],
  ['CWD', '553 Not allowed.', { code: 'folder-not-writable' }],
  ['DELE', '552 Quota exceeded.', { code: 'disk-full' }],
  ['DELE', '451 Error during write to file', { code: 'disk-full' }],
  ['DELE', '451 Local error.', { name: 'BrokenConnection' }],
])('%s answered with %s', async (command, reply, error) => {
  const { transport } = await ftpThat({ [command]: reply });
  await expect(transport.remove('x', noSignal)).rejects.toMatchObject(error);
});

test('a file that is there still after it was removed may not be removed', async () => {
  const { transport } = await ftpThat({ DELE: '550 No.', SIZE: '213 4', MDTM: '213 20261122000000' });
  await expect(transport.remove('x', noSignal)).rejects.toMatchObject({ code: 'folder-not-writable' });
});

test('a name that is there is not renamed to', async () => {
  const { transport, heard } = await ftpThat({ SIZE: '213 4', MDTM: '502 What?' });
  await expect(transport.rename('part', 'x', noSignal)).rejects.toMatchObject({ code: 'target-exists' });
  expect(heard.filter((line) => line.startsWith('RN'))).toEqual([]);
});

test.each([
  [false, 21],
  [true, 21],
  ['implicit', 990],
] as const)('with TLS %s goes to port %i where none is named', async (secure, port) => {
  const context = remoteContext(await scratchFolder());
  // Nothing listens on this address of the loopback network.
  const config = { name: 'nas', type: 'ftp', host: '127.9.8.7', user: 'me', path: '', secure };
  const transport = new FtpTransport(config as never, context, testPace);
  expect(transport.address).toBe(`${secure === false ? 'ftp' : 'ftps'}://me@127.9.8.7/`);
  await expect(transport.server(noSignal)).rejects.toMatchObject({ code: 'ECONNREFUSED', port });
});
