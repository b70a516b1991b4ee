import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Remote } from '../../../src/core/remotes/remote.ts';
import { canMount } from '../../support/canMount.ts';
import type { Fault } from '../../support/faultProxy.ts';
import { noSignal } from '../../support/remotes.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { type Place, placeKinds } from './places.ts';

const mega = 1 << 20;
const plain = { signal: noSignal };
const usual = 'default-web1-2026-11-22-000000.dump.gpg';
const names = [
  usual,
  'with space.dump.gpg',
  'größe 备份 🗝.tar',
  'it\'s $HOME; `x` & "y" %41#?.zip',
  '-rf.dump',
];

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Bytes that begin as an OpenPGP message does, so that they may go any way. */
function message(size: number): Buffer {
  const bytes = randomBytes(size);
  Buffer.from([0x85, 0x02, 0x0c, 0x03]).copy(bytes);
  return bytes;
}

describe.each(placeKinds)('$kind', ({ kind, missing, faults, connections, resumes, slow, start }) => {
  if (missing !== undefined) {
    test.skip(`needs ${missing}`, () => undefined);
    return;
  }
  let place: Place;
  let remote: Remote;
  let here: string;

  beforeAll(async () => {
    place = await start();
    const first = await place.open();
    const { server, address } = await first.test(noSignal);
    console.log(`remotes: ${server} at ${address}`);
    await first.close();
  });
  afterAll(() => place?.stop());
  beforeEach(async () => {
    here = await scratchFolder();
    remote = await place.open();
  });
  afterEach(async () => {
    await remote.close();
    place.proxy?.reset();
    for (const name of await readdir(place.folder)) await rm(join(place.folder, name), { recursive: true });
  });

  async function local(bytes: Uint8Array, name = 'local file.bin'): Promise<string> {
    const path = join(here, name);
    await writeFile(path, bytes);
    return path;
  }

  const there = (name: string) => join(place.folder, name);

  test('says what it is, and leaves nothing of its test behind', async () => {
    const found = await remote.test(noSignal);
    expect(found.server).not.toBe('');
    expect(found.files).toBe(0);
    expect(await readdir(place.folder)).toEqual([]);
  });

  test.each(slow ? names.slice(2) : names)(
    'copies %j there, lists it and fetches it, byte for byte',
    async (name) => {
      const content = message(3 * mega + 17);
      const sent = await remote.upload(await local(content), name, plain);
      expect(sent).toEqual({ bytes: content.length, sha256: sha256(content), existed: false, proof: 'hash' });
      expect(await readdir(place.folder)).toEqual([name]);
      expect(sha256(await readFile(there(name)))).toBe(sha256(content));
      expect(await remote.list(noSignal)).toEqual([
        { name, bytes: content.length, modified: expect.stringMatching(/^\d{4}-.*Z$/) },
      ]);
      const folder = join(here, 'fetched');
      const fetched = await remote.download(name, folder, { ...plain, sha256: sent.sha256 });
      expect(fetched).toEqual({ path: join(folder, name), bytes: content.length, sha256: sent.sha256 });
      expect(await readdir(folder)).toEqual([name]);
      await remote.delete(name, noSignal);
      expect(await readdir(place.folder)).toEqual([]);
    },
  );

  test.each(slow ? [4] : [4, 32_768, 32_769, mega, 2 * mega])('carries %i bytes', async (size) => {
    const content = message(Math.max(size, 4)).subarray(0, size);
    await remote.upload(await local(content), usual, plain);
    await remote.download(usual, join(here, 'fetched'), plain);
    expect(await readFile(join(here, 'fetched', usual))).toEqual(content);
  });

  test('keeps the time of a file that it fetches', async () => {
    await remote.upload(await local(message(100)), usual, plain);
    await utimes(there(usual), new Date('2026-01-02T03:04:05Z'), new Date('2026-01-02T03:04:05Z'));
    await remote.download(usual, join(here, 'fetched'), plain);
    const { mtimeMs } = await stat(join(here, 'fetched', usual));
    expect(Math.abs(mtimeMs - Date.parse('2026-01-02T03:04:05Z'))).toBeLessThan(60_000);
  });

  test('tells its progress, up to all of it', async () => {
    const steps: { phase: string; done: number; total: number }[] = [];
    const onProgress = (step: (typeof steps)[number]) => void steps.push(step);
    const content = message(5 * mega);
    await remote.upload(await local(content), usual, { ...plain, onProgress });
    const copying = steps.filter(({ phase }) => phase === 'copying');
    expect(copying.at(-1)).toEqual({ phase: 'copying', done: content.length, total: content.length });
    expect(copying.map(({ done }) => done)).toEqual(copying.map(({ done }) => done).sort((a, b) => a - b));
  });

  describe('what is there already', () => {
    test('with the same content is left, and said', async () => {
      const path = await local(message(100_000));
      await remote.upload(path, usual, plain);
      const before = await stat(there(usual));
      expect(await remote.upload(path, usual, plain)).toMatchObject({ existed: true, proof: 'hash' });
      expect((await stat(there(usual))).ino).toBe(before.ino);
    });

    test.each([
      ['another size', 99],
      ['the same size', 100],
    ])('with other content of %s is never replaced', async (_, size) => {
      const old = message(size);
      await writeFile(there(usual), old);
      await expect(remote.upload(await local(message(100)), usual, plain)).rejects.toMatchObject({
        code: 'target-exists',
        message: expect.stringContaining(usual),
      });
      expect(await readFile(there(usual))).toEqual(old);
      expect(await readdir(place.folder)).toEqual([usual]);
    });

    test('here is never replaced', async () => {
      await remote.upload(await local(message(100)), usual, plain);
      const folder = join(here, 'fetched');
      await mkdir(folder);
      await writeFile(join(folder, usual), 'mine');
      await expect(remote.download(usual, folder, plain)).rejects.toMatchObject({ code: 'target-exists' });
      expect(await readFile(join(folder, usual), 'utf8')).toBe('mine');
    });
  });

  test('lists plain files only, and none that is hidden', async () => {
    await remote.upload(await local(message(10)), usual, plain);
    await mkdir(there('folder.dump'));
    await writeFile(there('.hidden'), 'x');
    // rclone follows links on SFTP.
    if (!kind.startsWith('rclone')) await symlink('/etc/passwd', there('link.dump'));
    expect((await remote.list(noSignal)).map(({ name }) => name)).toEqual([usual]);
  });

  test.each(['../x', 'a/b', 'a\\b', '..', '', '.hidden', 'a\nb', 'x'.repeat(256)])(
    'refuses the name %j',
    async (name) => {
      const refused = { code: 'usage' };
      await expect(remote.upload(await local(message(10)), name, plain)).rejects.toMatchObject(refused);
      await expect(remote.download(name, here, plain)).rejects.toMatchObject(refused);
      await expect(remote.delete(name, noSignal)).rejects.toMatchObject(refused);
    },
  );

  test('what is not there', async () => {
    await expect(remote.download('none.dump', here, plain)).rejects.toMatchObject({ code: 'no-such-file' });
    await expect(remote.delete('none.dump', noSignal)).rejects.toMatchObject({ code: 'no-such-file' });
    await expect(remote.upload(join(here, 'none'), 'none.dump', plain)).rejects.toMatchObject({
      code: 'no-such-file',
    });
    expect(await readdir(here)).toEqual([]);
  });

  test('what is not the content that was copied there is not kept here', async () => {
    const content = message(200_000);
    const { sha256: wanted } = await remote.upload(await local(content), usual, plain);
    content[150_000] = (content[150_000] as number) ^ 1;
    await writeFile(there(usual), content);
    const folder = join(here, 'fetched');
    await expect(remote.download(usual, folder, { ...plain, sha256: wanted })).rejects.toMatchObject({
      code: 'damaged',
    });
    expect(await readdir(folder)).toEqual([]);
  });

  test('cancelled, it ends soon and leaves no file under its name', async () => {
    const path = await local(message(8 * mega));
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    await expect(remote.upload(path, usual, { signal: stop.signal, onProgress })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect((await readdir(place.folder)).filter((name) => !name.startsWith('.'))).toEqual([]);
    await remote.upload(path, usual, plain);
    const again = new AbortController();
    const folder = join(here, 'fetched');
    await expect(
      remote.download(usual, folder, { signal: again.signal, onProgress: () => again.abort() }),
    ).rejects.toMatchObject({ code: 'cancelled' });
    expect(await readdir(folder)).toEqual([]);
  });

  test('parts that nobody took up again are swept', async () => {
    const part = there(`.dbbackup-${'0'.repeat(32)}.part`);
    const fresh = there(`.dbbackup-${'1'.repeat(32)}.part`);
    for (const path of [part, fresh]) await writeFile(path, 'half');
    await utimes(part, new Date('2026-01-01'), new Date('2026-01-01'));
    await remote.upload(await local(message(10)), usual, plain);
    expect((await readdir(place.folder)).sort()).toEqual([`.dbbackup-${'1'.repeat(32)}.part`, usual].sort());
  });

  test('above the limit for reading back, both ends are compared', async () => {
    const bounded = await place.open({ settings: { readBack: '1 MB' } });
    onTestFinished(() => bounded.close());
    const sent = await bounded.upload(await local(message(4 * mega)), usual, plain);
    expect(['ends', 'hash']).toContain(sent.proof);
  });

  describe('a full disk', () => {
    test.skipIf(!canMount())('is said, and nothing of the file stays', async () => {
      const full = join(place.folder, '..', 'full');
      await mkdir(full);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0777', 'tmpfs', full]);
      const other = await place.open({ folder: full });
      onTestFinished(async () => {
        await other.close();
        execFileSync('umount', ['-l', full]);
        await rm(full, { recursive: true });
      });
      // How a server lets go of the connection is not the same each time.
      for (let tries = 0; tries < (kind.startsWith('ftp') ? 12 : 1); tries++) {
        await expect(other.upload(await local(message(3 * mega)), usual, plain)).rejects.toMatchObject({
          code: 'disk-full',
        });
        expect(await readdir(full)).toEqual([]);
      }
      await other.upload(await local(message(1000)), usual, plain);
      expect(await readdir(full)).toEqual([usual]);
    });
  });

  if (faults !== 'none')
    describe('with faults on the way', () => {
      const size = 3 * mega + 5;
      const stages = slow
        ? [0, 600, 4000, 2 * mega]
        : [0, 1, 20, 600, 2000, 4000, 40_000, mega, 2 * mega, size - 1000];

      /** The first connections break; a later one holds. */
      function breaking(fault: Fault, broken = connections) {
        if (!place.proxy) throw new Error('there is no connection to break');
        place.proxy.plan = (connection) => (connection < broken ? fault : undefined);
      }

      test.each(stages.flatMap((after) => (['up', 'down'] as const).map((way) => ({ after, way }))))(
        'a connection cut $way after $after bytes is made again',
        async ({ after, way }) => {
          breaking({ way, after, how: after % 2 === 0 ? 'cut' : 'reset' });
          const content = message(size);
          await remote.upload(await local(content), usual, plain);
          expect(await readdir(place.folder)).toEqual([usual]);
          expect(sha256(await readFile(there(usual)))).toBe(sha256(content));
          await remote.close();
          place.proxy?.reset();
          breaking({ way, after, how: 'cut' });
          const fetched = await remote.download(usual, join(here, 'fetched'), plain);
          expect(fetched.sha256).toBe(sha256(content));
        },
      );

      if (faults === 'data')
        test.each(
          (
            [
              ['changed', 'flip'],
              ['swallowed', 'short'],
            ] as const
          ).flatMap(([what, how]) =>
            (['up', 'down'] as const).map((way) => ({ what, how, way, after: 1.5 * mega })),
          ),
        )('bytes that are $what on the way $way are noticed, and come anew', async ({ how, way, after }) => {
          const content = message(size);
          const path = await local(content);
          if (way === 'up') breaking({ way, after, how });
          await remote.upload(path, usual, plain);
          expect(await readdir(place.folder)).toEqual([usual]);
          expect(sha256(await readFile(there(usual)))).toBe(sha256(content));
          await remote.close();
          place.proxy?.reset();
          if (way === 'down') breaking({ way, after, how });
          const asked = { ...plain, sha256: sha256(content) };
          const fetching = remote.download(usual, join(here, 'fetched'), asked);
          // Where nothing on the way proves the bytes, they are compared at the end, and not kept.
          const refused = await fetching.then(
            () => undefined,
            (error: { code?: string }) => error.code,
          );
          if (refused === undefined) expect((await fetching).sha256).toBe(sha256(content));
          else expect([refused, await readdir(join(here, 'fetched'))]).toEqual(['damaged', []]);
        });

      if (faults === 'data')
        test('a connection that stalls is made again', async () => {
          breaking({ way: 'up', after: mega, how: 'stall' });
          const content = message(size);
          await remote.upload(await local(content), usual, plain);
          expect(sha256(await readFile(there(usual)))).toBe(sha256(content));
        });

      if (resumes && faults === 'data')
        test('an upload goes on where it broke off, again and again', async () => {
          breaking({ way: 'up', after: 2.5 * mega, how: 'cut' }, 50);
          const content = message(12 * mega);
          await remote.upload(await local(content), usual, plain);
          expect(sha256(await readFile(there(usual)))).toBe(sha256(content));
          expect(place.proxy?.connections).toBeGreaterThan(5);
        });

      if (faults === 'data')
        test('a download goes on where it broke off, again and again', async () => {
          const content = message(9 * mega);
          await remote.upload(await local(content), usual, plain);
          await remote.close();
          place.proxy?.reset();
          breaking({ way: 'down', after: 2.5 * mega, how: 'cut' }, 50);
          const fetched = await remote.download(usual, join(here, 'fetched'), plain);
          expect(fetched.sha256).toBe(sha256(content));
          expect(place.proxy?.connections).toBeGreaterThan(2);
        });

      test('a server that never holds a connection is given up by name', async () => {
        breaking({ way: 'down', after: 100, how: 'cut' }, Number.POSITIVE_INFINITY);
        const failing = remote.upload(await local(message(100)), usual, plain);
        await expect(failing).rejects.toMatchObject({
          code: 'remote-failed',
          message: expect.stringContaining(remote.address),
        });
        expect(await readdir(place.folder)).toEqual([]);
      });
    });

  if (kind.startsWith('ftp'))
    test('a server that ends the session in the middle is taken up again, again and again', async () => {
      const content = message(24 * mega);
      let ended = 0;
      const onProgress = ({ phase, done }: { phase: string; done: number }) => {
        if (phase !== 'copying' || ended >= 3 || done < (ended + 1) * 6 * mega) return;
        ended++;
        place.endSessions?.();
      };
      await remote.upload(await local(content), usual, { ...plain, onProgress });
      expect(sha256(await readFile(there(usual)))).toBe(sha256(content));
      expect(ended).toBe(3);
      ended = 0;
      const fetched = await remote.download(usual, join(here, 'fetched'), { ...plain, onProgress });
      expect([fetched.sha256, ended]).toEqual([sha256(content), 3]);
    });

  if (resumes)
    test('a part that is damaged there is found and sent anew', async () => {
      const content = message(3 * mega);
      const path = await local(content);
      const stop = new AbortController();
      const onProgress = ({ done }: { done: number }) => done >= 2 * mega && stop.abort();
      await remote.upload(path, usual, { signal: stop.signal, onProgress }).catch(() => undefined);
      await remote.close();
      const [part = ''] = await readdir(place.folder);
      expect(part).toMatch(/^\.dbbackup-.*\.part$/);
      const half = await readFile(there(part));
      half[5000] = (half[5000] as number) ^ 0x40;
      await writeFile(there(part), half);
      await truncate(there(part), Math.min(half.length, 2 * mega));
      await remote.upload(path, usual, plain);
      expect(sha256(await readFile(there(usual)))).toBe(sha256(content));
      expect(await readdir(place.folder)).toEqual([usual]);
    });
});
