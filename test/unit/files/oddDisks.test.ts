import type { FileHandle } from 'node:fs/promises';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BackupError } from '../../../src/core/errors.ts';
import { Flusher } from '../../../src/core/files/flusher.ts';
import { syncFolder, writeNewFile } from '../../../src/core/files/newFile.ts';
import { replaceFile } from '../../../src/core/files/replaceFile.ts';
import { rewriteFile } from '../../../src/core/files/rewriteFile.ts';
import { streamOf } from '../../support/bytes.ts';
import { scratchFolder } from '../../support/scratch.ts';

/** What a disk cannot, or does worse than others. */
const odd: { linkFails?: string; syncFails?: string; shortWrites?: boolean; flushFails?: string } = {};
const failure = (code: string) => Object.assign(new Error(code), { code });

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const link: typeof real.link = async (from, to) => {
    if (odd.linkFails) throw failure(odd.linkFails);
    await real.link(from, to);
  };
  const open: typeof real.open = async (...args) => {
    const file = await real.open(...args);
    const isFolder = (await file.stat()).isDirectory();
    const { sync, writev, datasync } = file;
    file.sync = async () => {
      if (isFolder && odd.syncFails) throw failure(odd.syncFails);
      await sync.call(file);
    };
    file.datasync = async () => {
      if (odd.flushFails) throw failure(odd.flushFails);
      await datasync.call(file);
    };
    if (odd.shortWrites)
      file.writev = (async (chunks: Uint8Array[]) => {
        const [first = new Uint8Array()] = chunks;
        return writev.call(file, [first.subarray(0, Math.max(1, Math.floor(first.length / 3)))]);
      }) as typeof file.writev;
    return file;
  };
  return { ...real, link, open };
});

afterEach(() => {
  for (const key of Object.keys(odd)) delete odd[key as keyof typeof odd];
});

const { signal } = new AbortController();
const once = (attempt: number) => (attempt === 0 ? 'a' : undefined);

describe('a new file', () => {
  it.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])(
    'on a disk without links (%s) is a copy that replaces nothing',
    async (code) => {
      odd.linkFails = code;
      const folder = await scratchFolder();
      await writeNewFile(folder, once, streamOf('one'), signal);
      expect(await readFile(join(folder, 'a'), 'utf8')).toBe('one');
      await expect(writeNewFile(folder, once, streamOf('two'), signal)).rejects.toMatchObject({
        code: 'EEXIST',
      });
      expect(await readFile(join(folder, 'a'), 'utf8')).toBe('one');
      expect(await readdir(folder)).toEqual(['a']);
    },
  );

  it('that gets no name for another reason is none', async () => {
    odd.linkFails = 'ENOSPC';
    const folder = await scratchFolder();
    await expect(writeNewFile(folder, once, streamOf('one'), signal)).rejects.toMatchObject({
      code: 'disk-full',
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('is whole, however little the system takes at once', async () => {
    odd.shortWrites = true;
    const folder = await scratchFolder();
    const { bytes } = await writeNewFile(folder, once, streamOf('one', '', 'two', 'three'), signal);
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('onetwothree');
    expect(bytes).toBe(11);
  });

  it('whose bytes do not reach the disk is none: a lost write is told once, and not unheard', async () => {
    odd.flushFails = 'EIO';
    const folder = await scratchFolder();
    const long = Buffer.alloc(17 << 20);
    await expect(writeNewFile(folder, once, streamOf(long), signal)).rejects.toMatchObject({
      code: 'failed',
    });
    expect(await readdir(folder)).toEqual([]);
  });
});

it('a folder that cannot be synced is left to its system; one whose disk fails is not', async () => {
  const folder = await scratchFolder();
  for (const code of ['EINVAL', 'EPERM', 'EISDIR', 'EBADF', 'ENOTSUP']) {
    odd.syncFails = code;
    await syncFolder(folder);
  }
  odd.syncFails = 'EIO';
  await expect(syncFolder(folder)).rejects.toMatchObject({ code: 'EIO' });
  await syncFolder(join(folder, 'nothing'));
});

it('a long file is flushed while it is written, one flush at a time', async () => {
  let [running, most, flushes] = [0, 0, 0];
  const file = {
    datasync: async () => {
      flushes++;
      most = Math.max(most, ++running);
      await new Promise((done) => setTimeout(done, 5));
      running--;
    },
  } as unknown as FileHandle;
  const flusher = new Flusher(file);
  for (let mega = 1; mega <= 200; mega++) flusher.wrote(mega << 20);
  await flusher.done();
  expect(flushes).toBe(1);
  flusher.wrote(300 << 20);
  await flusher.done();
  expect([flushes, most]).toEqual([2, 1]);
});

describe('a file that is there', () => {
  it('is rewritten where it still is what was shown, and only there', async () => {
    const folder = await scratchFolder();
    const path = join(folder, 'settings.py');
    await writeFile(path, 'before', { mode: 0o640 });
    await rewriteFile(path, Buffer.from('before'), Buffer.from('after'));
    expect(await readFile(path, 'utf8')).toBe('after');
    for (const before of [Buffer.from('before'), null])
      await expect(rewriteFile(path, before, Buffer.from('x'))).rejects.toMatchObject({
        code: 'changed-meanwhile',
      });
    await expect(
      rewriteFile(join(folder, 'gone'), Buffer.from('x'), Buffer.from('y')),
    ).rejects.toBeInstanceOf(BackupError);
    await rewriteFile(join(folder, 'deep/new'), null, Buffer.from('new'));
    expect(await readFile(join(folder, 'deep/new'), 'utf8')).toBe('new');
    await expect(rewriteFile(folder, Buffer.from('x'), Buffer.from('y'))).rejects.toMatchObject({
      code: 'no-such-file',
    });
    expect((await readdir(folder)).sort()).toEqual(['deep', 'settings.py']);
  });

  it('is replaced whole or not at all', async () => {
    const folder = await scratchFolder();
    await replaceFile(join(folder, 'note'), 'one');
    await replaceFile(join(folder, 'note'), 'two');
    expect(await readFile(join(folder, 'note'), 'utf8')).toBe('two');
    await mkdir(join(folder, 'taken/below'), { recursive: true });
    await expect(replaceFile(join(folder, 'taken'), 'x')).rejects.toThrow();
    expect((await readdir(folder)).sort()).toEqual(['note', 'taken']);
  });
});
