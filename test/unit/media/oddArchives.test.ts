import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import JSZip from 'jszip';
import { describe, expect, test } from 'vitest';
import { type ArchiveEntry, defaultLimits } from '../../../src/core/media/archive.ts';
import { Guard } from '../../../src/core/media/guard.ts';
import { listArchive } from '../../../src/core/media/listArchive.ts';
import { type StageOptions, stageArchive } from '../../../src/core/media/stage.ts';
import { decodeZipName, readZipDirectory } from '../../../src/core/media/zipDirectory.ts';
import { ZipStream } from '../../../src/core/media/zipStream.ts';
import type { Warning } from '../../../src/core/task.ts';
import { tarOf } from '../../support/evilTar.ts';
import { collect, inPieces, never } from '../../support/media.ts';
import { scratchFolder } from '../../support/scratch.ts';

async function staged(bytes: Buffer, options: Partial<StageOptions> = {}, folder?: string) {
  const warnings: Warning[] = [];
  const into = folder ?? join(await scratchFolder(), 'staging');
  const made = await stageArchive(inPieces(bytes, 1000), 'tar', into, {
    signal: never,
    onWarning: (warning) => void warnings.push(warning),
    ...options,
  });
  return { paths: made.entries.map(({ path }) => path), tree: made.tree, warnings };
}

describe('an archive on a disk that cannot hold all of it', () => {
  test('leaves out names that are one there, and hard links to what was left out', async () => {
    const tar = await tarOf(
      { name: 'A', content: 'first' },
      { name: 'a', content: 'second' },
      { name: 'h', type: 'link', linkname: 'a' },
      { name: 'D', type: 'directory' },
      { name: 'd', type: 'directory' },
      { name: 'd/x', content: 'x' },
    );
    const { paths, tree, warnings } = await staged(tar, { nameFold: (path) => path.toLowerCase() });
    expect(paths).toEqual(['A', 'D', 'd', 'd/x']);
    expect(await readFile(join(tree, 'A'), 'utf8')).toBe('first');
    expect(warnings.map(({ code }) => code)).toEqual(['name-collision', 'link-not-storable']);
    expect(warnings[0]?.message).toBe('"a" was left out: on this disk "A" is the same name.');
  });

  test('leaves out what is too deep for it', async () => {
    let folder = await scratchFolder();
    while (folder.length < 1400) {
      folder = join(folder, 'x'.repeat(200));
      await mkdir(folder);
    }
    const deep = Array.from({ length: 14 }, () => 'y'.repeat(200)).join('/');
    const tar = await tarOf({ name: `${deep}/z`, content: 'deep' }, { name: 'a', content: 'a' });
    const { paths, warnings } = await staged(tar, {}, join(folder, 'staging'));
    expect(paths).toEqual(['a']);
    expect(warnings).toMatchObject([
      { code: 'name-not-storable', message: expect.stringMatching(/its name is too long for this disk\.$/) },
    ]);
  });

  test('takes a wanted path for wanted with the old prefix and without', async () => {
    const tar = await tarOf(
      { name: 'media/a', content: 'a' },
      { name: 'media/b', content: 'b' },
      { name: 'media/l', type: 'symlink', linkname: 'a' },
    );
    expect((await staged(tar, { wanted: (path) => path === 'a' })).paths).toEqual(['a']);
    expect((await staged(tar, { wanted: (path) => path === 'l' })).paths).toEqual(['l']);
  });
});

describe('a member before it is unpacked', () => {
  const entry = (more: Partial<ArchiveEntry>): ArchiveEntry => ({
    name: 'a',
    type: 'file',
    mode: undefined,
    mtime: undefined,
    size: 0,
    linkTarget: undefined,
    content: inPieces(new Uint8Array()),
    ...more,
  });

  test.each<[string, Partial<ArchiveEntry>, string]>([
    ['a file without a name', { name: './' }, 'a file without a name: "./"'],
    ['a hard link to nothing', { type: 'hardlink' }, 'links "a" to "", which is no file'],
  ])('%s is refused', (_what, more, words) => {
    const guard = new Guard({ signal: never, limits: defaultLimits });
    expect(() => guard.check(entry(more))).toThrow(
      expect.objectContaining({ code: 'bad-archive', message: expect.stringContaining(words) }),
    );
  });

  test('that is a link without a target is left out, and the root itself is taken', () => {
    const warnings: Warning[] = [];
    const guard = new Guard({
      signal: never,
      limits: defaultLimits,
      onWarning: (warning) => void warnings.push(warning),
    });
    expect(guard.check(entry({ type: 'symlink' }))).toBeUndefined();
    expect(warnings).toMatchObject([{ code: 'link-leaves-root' }]);
    expect(guard.check(entry({ name: '.', type: 'folder', mtime: 1e20 }))).toMatchObject({
      path: '',
      mtime: undefined,
    });
  });
});

const full = 0xffffffff;

interface Big {
  /** Which of the three numbers stand in the extra field; all by itself. */
  inExtra?: ('size' | 'packed' | 'offset')[];
  lead?: Buffer;
  name?: string;
}

/** A zip of one stored file, with zip64's fields (APPNOTE 6.3.10, 4.5.3, 4.3.14, 4.3.15) although it is small. */
function zip64({
  inExtra = ['size', 'packed', 'offset'],
  lead = Buffer.alloc(0),
  name = 'a',
}: Big = {}): Buffer {
  const content = Buffer.from('content');
  const number = (bytes: number, value: number) => {
    const buffer = Buffer.alloc(bytes);
    if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value));
    else buffer.writeUIntLE(value, 0, bytes);
    return buffer;
  };
  const sum = number(4, crc32(content));
  const local = Buffer.concat([
    Buffer.from('504b0304', 'hex'),
    number(2, 45),
    number(4, 0),
    number(4, 0),
    sum,
    number(4, content.length),
    number(4, content.length),
    number(2, name.length),
    number(2, 0),
    Buffer.from(name),
    content,
  ]);
  const values = { size: content.length, packed: content.length, offset: 0 };
  const order = ['size', 'packed', 'offset'] as const;
  const kept = order.filter((one) => inExtra.includes(one)).map((one) => number(8, values[one]));
  const extra = kept.length
    ? Buffer.concat([number(2, 1), number(2, 8 * kept.length), ...kept])
    : Buffer.alloc(0);
  const word = (one: 'size' | 'packed' | 'offset') => number(4, inExtra.includes(one) ? full : values[one]);
  const record = Buffer.concat([
    Buffer.from('504b0102', 'hex'),
    number(2, 45),
    number(2, 45),
    number(4, 0),
    number(4, 0),
    sum,
    word('packed'),
    word('size'),
    number(2, name.length),
    number(2, extra.length),
    number(2, 0),
    number(4, 0),
    number(4, 0),
    word('offset'),
    Buffer.from(name),
    extra,
  ]);
  const end64 = Buffer.concat([
    Buffer.from('504b0606', 'hex'),
    number(8, 44),
    number(2, 45),
    number(2, 45),
    number(8, 0),
    number(8, 1),
    number(8, 1),
    number(8, record.length),
    number(8, local.length),
  ]);
  const locator = Buffer.concat([
    Buffer.from('504b0607', 'hex'),
    number(4, 0),
    number(8, local.length + record.length),
    number(4, 1),
  ]);
  const end = Buffer.concat([
    Buffer.from('504b0506', 'hex'),
    number(4, 0),
    number(2, 0xffff),
    number(2, 0xffff),
    number(4, full),
    number(4, full),
    number(2, 0),
  ]);
  return Buffer.concat([lead, local, record, end64, locator, end]);
}

describe('a zip of the large kind', () => {
  test.each<[string, Big]>([
    ['with all numbers beside', {}],
    ['with the offset alone beside', { inExtra: ['offset'] }],
    ['with one size beside', { inExtra: ['size'] }],
    ['with bytes before it', { lead: Buffer.from('#!/bin/sh\n') }],
  ])('%s is read', async (_what, big) => {
    const zip = zip64(big);
    expect(readZipDirectory(zip)).toMatchObject([{ name: 'a', type: 'file', size: 7 }]);
    const listed = await listArchive(inPieces(zip), 'zip', { signal: never });
    expect(listed.map(({ path, size }) => [path, size])).toEqual([['a', 7]]);
  });

  test('that lacks a number it refers to is damaged', () => {
    const zip = zip64({ inExtra: ['offset'] });
    const extra = zip.indexOf(Buffer.from([1, 0, 8, 0]));
    zip.writeUInt16LE(0x9999, extra);
    expect(() => readZipDirectory(zip)).toThrow(expect.objectContaining({ code: 'damaged' }));
  });
});

describe('a zip', () => {
  test('whose link is too long for one is refused', async () => {
    const zip = new JSZip();
    zip.file('l', 'x'.repeat(5000), { unixPermissions: 0o120_777 });
    const bytes = await zip.generateAsync({ type: 'nodebuffer', platform: 'UNIX' });
    const folder = await scratchFolder();
    const into = join(folder, 'staging');
    await expect(stageArchive(inPieces(bytes), 'zip', into, { signal: never })).rejects.toMatchObject({
      code: 'bad-archive',
      message: expect.stringContaining('too long for a link'),
    });
    expect(await readdir(folder)).toEqual([]);
  });

  test('whose names are no UTF-8 is read letter by letter', () => {
    expect(decodeZipName(Buffer.from('é'))).toBe('é');
    expect(decodeZipName(Buffer.from([0x61, 0xe9]))).toBe('a\u00e9');
  });

  test.each([
    ['at once', 0],
    ['after megabytes', 3],
  ])('that is written ends with the error of a content that breaks %s', async (_what, megabytes) => {
    const broken = new Error('the disk broke');
    async function* content() {
      for (let at = 0; at < megabytes; at++) yield Buffer.alloc(1 << 20, at);
      throw broken;
    }
    const zip = await ZipStream.create();
    zip.add('a', content(), 0);
    zip.add('b', Buffer.alloc(3 << 20), 0);
    await expect(collect(zip.bytes('STORE', never))).rejects.toBe(broken);
  });

  test('that is written is no longer written when it is cancelled', async () => {
    const stop = new AbortController();
    async function* content() {
      for (let at = 0; at < 1000; at++) {
        yield Buffer.alloc(1 << 16, at);
        if (at === 20) stop.abort();
      }
    }
    const zip = await ZipStream.create();
    zip.addFolder('d/', 0);
    zip.add('d/a', content(), Date.UTC(2200, 0, 1));
    await expect(collect(zip.bytes('STORE', stop.signal))).rejects.toMatchObject({ code: 'cancelled' });
  });
});
