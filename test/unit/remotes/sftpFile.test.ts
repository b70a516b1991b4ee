import type { SFTPWrapper } from 'ssh2';
import { expect, test } from 'vitest';
import { isUnsupported, SftpFile } from '../../../src/core/remotes/sftpFile.ts';
import { type SftpSession, SftpStatus, sftpStatus } from '../../../src/core/remotes/sftpSession.ts';
import { noSignal } from '../../support/remotes.ts';

type Done = (error: Error | null | undefined, value?: unknown) => void;

/** A session whose server answers as `answers` say; what it does not name succeeds. */
function session(answers: Partial<Record<string, (...asked: never[]) => void>>, broken = false) {
  const asked: string[] = [];
  const sftp = new Proxy(answers, {
    get:
      (_, name: string) =>
      (...rest: unknown[]) => {
        asked.push(name);
        const answer = answers[name] as ((...rest: unknown[]) => void) | undefined;
        if (answer) answer(...rest);
        else (rest.at(-1) as Done)(undefined, Buffer.from('handle'));
      },
  }) as unknown as SFTPWrapper;
  const call = (_signal: AbortSignal, send: (sftp: SFTPWrapper, done: Done) => void) =>
    new Promise((resolve, reject) => {
      send(sftp, (error, value) => (error ? reject(error) : resolve(value)));
    });
  return { asked, session: { broken, call } as unknown as SftpSession };
}

const failure = new SftpStatus(sftpStatus.failure, 'Failure');

test('a server that answers with less than it is asked for is asked again, until its end', async () => {
  const content = Buffer.from('0123456789');
  const read = (_handle: Buffer, into: Buffer, at: number, length: number, position: number, done: Done) => {
    const count = content.copy(into, at, position, Math.min(content.length, position + Math.min(4, length)));
    done(undefined, count);
  };
  const file = await SftpFile.open(session({ read }).session, 'x', 'r', noSignal);
  expect(String(await file.read(0, 10))).toBe('0123456789');
  expect(String(await file.read(8, 10))).toBe('89');
  expect(String(await file.read(10, 10))).toBe('');
});

test('a write in several requests fails with the first that fails, once all are answered', async () => {
  let answered = 0;
  const write = (...[, , at, , , done]: [Buffer, Buffer, number, number, number, Done]) =>
    setTimeout(() => {
      answered++;
      done(at === 32_768 ? failure : undefined);
    }, 5);
  const file = await SftpFile.open(session({ write }).session, 'x', 'w', noSignal);
  await expect(file.write(Buffer.alloc(100_000), 0)).rejects.toBe(failure);
  expect(answered).toBe(4);
});

test.each([
  ['a server that says so', new SftpStatus(sftpStatus.unsupported, 'no'), true],
  ['a server that never offered it', new Error('Server does not support this extended request'), true],
  ['another failure', failure, false],
  ['another error', new Error('broken'), false],
  ['no error', 'does not support this extended request', false],
])('%s: a request counts as not supported', (_what, error, expected) => {
  expect(isUnsupported(error)).toBe(expected);
});

test('what cannot be made durable counts as written where the server knows no fsync, and only there', async () => {
  const syncing = (error: Error) =>
    SftpFile.open(
      session({ ext_openssh_fsync: (_handle: Buffer, done: Done) => done(error) }).session,
      'x',
      'w',
      noSignal,
    );
  await (await syncing(new SftpStatus(sftpStatus.unsupported, 'no'))).sync();
  await expect((await syncing(failure)).sync()).rejects.toBe(failure);
});

test('closing asks nothing of a connection that is over, and a refusal does not matter', async () => {
  const open = session({ close: (_handle: Buffer, done: Done) => done(failure) });
  await (await SftpFile.open(open.session, 'x', 'r', noSignal)).close();
  expect(open.asked).toEqual(['open', 'close']);
  const broken = session({}, true);
  await (await SftpFile.open(broken.session, 'x', 'r', noSignal)).close();
  const stopped = session({});
  await (await SftpFile.open(stopped.session, 'x', 'r', AbortSignal.abort())).close();
  expect([...broken.asked, ...stopped.asked]).toEqual(['open', 'open']);
});
