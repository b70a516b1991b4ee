import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { placeFile } from '../../../src/core/files/placeFile.ts';
import { scratchFolder } from '../../support/scratch.ts';

const { links } = vi.hoisted(() => ({ links: { refusedWith: '' } }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const link: typeof real.link = async (from, to) => {
    if (links.refusedWith) throw Object.assign(new Error('no link'), { code: links.refusedWith });
    return real.link(from, to);
  };
  return { ...real, link };
});

const { signal } = new AbortController();

async function staged(): Promise<{ folder: string; from: string }> {
  const folder = await scratchFolder();
  await mkdir(join(folder, 'private'));
  const from = join(folder, 'private', 'staged');
  await writeFile(from, 'content', { mode: 0o600 });
  return { folder, from };
}

describe('a finished file', () => {
  afterEach(() => {
    links.refusedWith = '';
  });

  it('is linked to its place, which is made where it is missing', async () => {
    const { folder, from } = await staged();
    const to = join(folder, 'new', 'deep', 'a.sqlite3');
    await placeFile(from, to, signal);
    expect((await stat(to)).ino).toBe((await stat(from)).ino);
  });

  it.each(['EXDEV', 'EPERM', 'ENOTSUP'])('is copied where there can be no link (%s)', async (code) => {
    links.refusedWith = code;
    const { folder, from } = await staged();
    const to = join(folder, 'a.sqlite3');
    const read: number[] = [];
    // What is written beside it is linked to its name, which such a file system does not do either.
    await placeFile(from, to, signal, (bytes) => {
      links.refusedWith = '';
      read.push(bytes);
    });
    expect(await readFile(to, 'utf8')).toBe('content');
    expect((await stat(to)).ino).not.toBe((await stat(from)).ino);
    expect((await stat(to)).mode & 0o777).toBe(0o600);
    expect(read).toEqual([7]);
  });

  it.each(['', 'EXDEV'])('never replaces another (%s)', async (code) => {
    links.refusedWith = code;
    const { folder, from } = await staged();
    const to = join(folder, 'a.sqlite3');
    await writeFile(to, 'mine');
    const placing = placeFile(from, to, signal, () => {
      links.refusedWith = '';
    });
    await expect(placing).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(to, 'utf8')).toBe('mine');
    expect(await readdir(folder)).toEqual(['a.sqlite3', 'private']);
  });

  it('is said to have no place where the folder cannot be written', async () => {
    const { from } = await staged();
    links.refusedWith = 'EACCES';
    await expect(placeFile(from, `${from}-2`, signal)).rejects.toMatchObject({ code: 'folder-not-writable' });
  });
});
