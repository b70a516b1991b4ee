import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import JSZip from 'jszip';
import { describe, expect, test } from 'vitest';
import type { ArchiveKind } from '../../../src/core/media/archive.ts';
import { listArchive } from '../../../src/core/media/listArchive.ts';
import { type StageOptions, stageArchive } from '../../../src/core/media/stage.ts';
import type { Warning } from '../../../src/core/task.ts';
import { type TarMember, tarOf } from '../../support/evilTar.ts';
import { inPieces, never, restoreInto } from '../../support/media.ts';
import { scratchFolder } from '../../support/scratch.ts';

/** Stages an archive that must be refused, and looks that nothing of it is left. */
async function refusal(
  bytes: Buffer,
  kind: ArchiveKind,
  options: Partial<StageOptions> = {},
): Promise<unknown> {
  const scratch = await scratchFolder();
  const root = join(scratch, 'media');
  await mkdir(root);
  const error = await stageArchive(inPieces(bytes, 1000), kind, join(scratch, 'staging'), {
    signal: never,
    ...options,
  }).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(await readdir(scratch, { recursive: true })).toEqual(['media']);
  return error;
}

const refused: [string, TarMember[], string][] = [
  ['a name that climbs out', [{ name: '../evil', content: 'x' }], '../evil'],
  ['an absolute name', [{ name: '/abs', content: 'x' }], '/abs'],
  ['a drive letter', [{ name: 'C:\\x', content: 'x' }], 'C:'],
  ['backslashes that climb', [{ name: '..\\x', content: 'x' }], '..\\\\x'],
  ['a NUL', [{ name: 'a', content: 'x', pax: { path: 'a\0b' } }], 'NUL'],
  ['a pipe', [{ name: 'pipe', type: 'fifo' }], 'pipe'],
  ['a character device', [{ name: 'null', type: 'character-device' }], 'null'],
  ['a block device', [{ name: 'sda', type: 'block-device' }], 'sda'],
  ['a hard link out', [{ name: 'h', type: 'link', linkname: '../../etc/passwd' }], '../../etc/passwd'],
  ['a hard link to nothing of its own', [{ name: 'h', type: 'link', linkname: 'other' }], 'other'],
  [
    'a file through a link',
    [
      { name: 'l', type: 'symlink', linkname: 'd' },
      { name: 'l/x', content: 'x' },
    ],
    'l/x',
  ],
  [
    'a file through a link that is left out',
    [
      { name: 'l', type: 'symlink', linkname: '/tmp' },
      { name: 'l/x', content: 'x' },
    ],
    'l/x',
  ],
  [
    'a file below a file',
    [
      { name: 'f', content: 'x' },
      { name: 'f/x', content: 'x' },
    ],
    'f/x',
  ],
  [
    'a name twice',
    [
      { name: 'a', content: 'x' },
      { name: './a', content: 'y' },
    ],
    'twice',
  ],
  [
    'a link in the place of a folder',
    [
      { name: 'd/a', content: 'x' },
      { name: 'd', type: 'symlink', linkname: 'e' },
    ],
    'twice',
  ],
  ['a sparse file', [{ name: 's', content: 'x', pax: { 'GNU.sparse.major': '1' } }], 'sparse'],
];

describe('a tar with bad members is refused by name and leaves no trace', () => {
  for (const [what, members, names] of refused) {
    test(what, async () => {
      const tar = await tarOf({ name: 'good', content: 'good' }, ...members);
      expect(await refusal(tar, 'tar')).toMatchObject({
        code: 'bad-archive',
        message: expect.stringContaining(names),
      });
      await expect(listArchive(inPieces(tar), 'tar', { signal: never })).rejects.toMatchObject({
        code: 'bad-archive',
      });
    });
  }
});

describe('an archive that is cut or changed is damaged', () => {
  test('a tar cut anywhere', async () => {
    const tar = await tarOf({ name: 'a', content: 'x'.repeat(1500) }, { name: 'b', content: 'y' });
    const cuts = [0, 100, 512, 600, 1024, 2047, 2048, 2300, 2560, 3072, tar.length - 1024];
    for (const cut of cuts) {
      expect(await refusal(tar.subarray(0, cut), 'tar'), `cut at ${cut}`).toMatchObject({ code: 'damaged' });
    }
  });

  test('a tar cut behind a file that ends in zeros', async () => {
    const tar = await tarOf({ name: 'a', content: '\0'.repeat(4096) }, { name: 'b', content: 'y' });
    expect(await refusal(tar.subarray(0, 512 + 4096), 'tar')).toMatchObject({ code: 'damaged' });
  });

  test('a tar with a broken header', async () => {
    const tar = await tarOf({ name: 'a', content: 'x' }, { name: 'b', content: 'y' });
    tar.write('z', 1024, 'latin1');
    expect(await refusal(tar, 'tar')).toMatchObject({ code: 'damaged' });
  });

  test('what is no archive at all', async () => {
    expect(await refusal(Buffer.from('BEGIN;\n'.repeat(500)), 'tar')).toMatchObject({ code: 'damaged' });
    expect(await refusal(Buffer.from('BEGIN;\n'.repeat(500)), 'zip')).toMatchObject({ code: 'damaged' });
  });

  test('a zip with a flipped byte, stored or deflated, or cut', async () => {
    for (const compression of ['STORE', 'DEFLATE'] as const) {
      const zip = await zipOf({ 'a.txt': 'needle'.repeat(500), 'b.txt': 'other' }, compression);
      const flipped = Buffer.from(zip);
      flipped[60] = (flipped[60] ?? 0) ^ 4;
      expect(await refusal(flipped, 'zip')).toMatchObject({
        code: 'damaged',
        message: expect.stringContaining('a.txt'),
      });
      for (const cut of [0, 10, zip.length >> 1, zip.length - 30, zip.length - 5]) {
        expect(await refusal(zip.subarray(0, cut), 'zip'), `cut at ${cut}`).toMatchObject({
          code: 'damaged',
        });
      }
    }
  });

  test('a zip that lies about a size', async () => {
    const zip = await zipOf({ 'a.txt': 'x'.repeat(5000) }, 'DEFLATE');
    const directory = zip.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
    zip.writeUInt32LE(50, directory + 24);
    expect(await refusal(zip, 'zip')).toMatchObject({ code: 'damaged' });
  });
});

describe('a zip with bad members is refused by name', () => {
  test.each(['../evil', '/abs', 'C:\\x', '..\\w', 'a/../../b'])('%s', async (name) => {
    const zip = await zipOf({ good: 'good', [name]: 'x' });
    expect(await refusal(zip, 'zip')).toMatchObject({ code: 'bad-archive' });
  });

  test('a name twice', async () => {
    const zip = await zipOf({ a1: 'one', a2: 'two' });
    const twice = Buffer.from(zip.toString('latin1').replaceAll('a2', 'a1'), 'latin1');
    expect(await refusal(twice, 'zip')).toMatchObject({
      code: 'bad-archive',
      message: expect.stringContaining('twice'),
    });
  });

  test('a device', async () => {
    const zip = new JSZip();
    zip.file('device', 'x', { unixPermissions: 0o20644 });
    const bytes = await zip.generateAsync({ type: 'nodebuffer', platform: 'UNIX' });
    expect(await refusal(bytes, 'zip')).toMatchObject({
      code: 'bad-archive',
      message: expect.stringContaining('device'),
    });
  });

  test('a file through a link', async () => {
    const zip = new JSZip();
    zip.file('l', '/tmp', { unixPermissions: 0o120777, createFolders: false });
    zip.file('l/x', 'x', { createFolders: false });
    const bytes = await zip.generateAsync({ type: 'nodebuffer', platform: 'UNIX' });
    expect(await refusal(bytes, 'zip')).toMatchObject({
      code: 'bad-archive',
      message: expect.stringContaining('l/x'),
    });
  });

  test('a name that the list of files gives otherwise', async () => {
    const zip = await zipOf({ good: 'x' });
    zip.write('evil', zip.lastIndexOf('good'), 'latin1');
    expect(await refusal(zip, 'zip')).toMatchObject({
      code: 'bad-archive',
      message: expect.stringContaining('evil'),
    });
  });
});

describe('limits are told before anything is unpacked', () => {
  test('the total, the number, the ratio', async () => {
    const tar = await tarOf({ name: 'a', content: 'x'.repeat(4000) }, { name: 'b', content: 'y' });
    expect(await refusal(tar, 'tar', { limits: { bytes: 3999 } })).toMatchObject({ code: 'over-limit' });
    expect(await refusal(tar, 'tar', { limits: { entries: 1 } })).toMatchObject({ code: 'over-limit' });
    const bomb = tarBomb(2 ** 34);
    expect(await refusal(bomb, 'tar', { packedBytes: 1000 })).toMatchObject({ code: 'over-limit' });
    expect(await refusal(bomb, 'tar', { limits: { bytes: 2 ** 33 } })).toMatchObject({ code: 'over-limit' });
  });

  test('a zip that unpacks to 300 times its size', async () => {
    const zip = await zipOf({ bomb: '\0'.repeat(80 * 2 ** 20) }, 'DEFLATE');
    expect(await refusal(zip, 'zip')).toMatchObject({
      code: 'over-limit',
      message: expect.stringContaining('bomb'),
    });
  });

  test('a zip that is too large for memory', async () => {
    const zip = await zipOf({ a: 'x'.repeat(5000) });
    expect(await refusal(zip, 'zip', { limits: { zipBytes: 4096 } })).toMatchObject({
      code: 'over-limit',
      hint: expect.stringContaining('tar'),
    });
  });
});

describe('what cannot stand here is left out, with a warning', () => {
  test('a link out, a name that is too long', async () => {
    const scratch = await scratchFolder();
    const root = join(scratch, 'media');
    const long = 'n'.repeat(300);
    const tar = await tarOf(
      { name: 'out', type: 'symlink', linkname: '../../etc' },
      { name: 'sly', type: 'symlink', linkname: 'd/../..' },
      { name: long, content: 'x' },
      { name: 'good', content: 'good' },
    );
    const { warnings } = await restoreInto(root, scratch, inPieces(tar), 'tar');
    expect(warnings.map(({ code }) => code)).toEqual([
      'link-leaves-root',
      'link-leaves-root',
      'name-not-storable',
    ]);
    expect(await readdir(root)).toEqual(['good']);
  });

  test('hard links become files of their own', async () => {
    const scratch = await scratchFolder();
    const root = join(scratch, 'media');
    const tar = await tarOf({ name: 'd/a', content: 'shared' }, { name: 'b', type: 'link', linkname: 'd/a' });
    await restoreInto(root, scratch, inPieces(tar), 'tar');
    expect(await readFile(join(root, 'b'), 'utf8')).toBe('shared');
    expect(await listArchive(inPieces(tar), 'tar', { signal: never })).toMatchObject([
      { path: 'd/a', type: 'file', size: 6 },
      { path: 'b', type: 'file', size: 6 },
    ]);
  });
});

describe('the old media/ prefix', () => {
  const prefixed = [
    { name: 'media/a', content: 'x' },
    { name: 'media/social-media/b', content: 'y' },
  ];

  test('is taken off where every member carries it', async () => {
    const scratch = await scratchFolder();
    const root = join(scratch, 'media');
    const tar = await tarOf({ name: 'media/', type: 'directory' }, ...prefixed);
    const { warnings } = await restoreInto(root, scratch, inPieces(tar), 'tar');
    expect((await readdir(root, { recursive: true })).sort()).toEqual([
      'a',
      'social-media',
      'social-media/b',
    ]);
    expect(warnings.map(({ code }) => code)).toEqual(['prefix-removed']);
    const listed = await listArchive(inPieces(tar), 'tar', { signal: never });
    expect(listed.map(({ path }) => path)).toEqual(['a', 'social-media/b']);
  });

  test('stays where one member does not carry it', async () => {
    const scratch = await scratchFolder();
    const root = join(scratch, 'media');
    const warnings: Warning[] = (
      await restoreInto(root, scratch, inPieces(await tarOf(...prefixed, { name: 'c' })), 'tar')
    ).warnings;
    expect((await readdir(root)).sort()).toEqual(['c', 'media']);
    expect(warnings).toEqual([]);
  });

  test('a link is checked again when the prefix is gone', async () => {
    const scratch = await scratchFolder();
    const root = join(scratch, 'media');
    const tar = await tarOf(...prefixed, { name: 'media/up', type: 'symlink', linkname: '../other' });
    const { warnings } = await restoreInto(root, scratch, inPieces(tar), 'tar');
    expect(warnings.map(({ code }) => code)).toContain('link-leaves-root');
    expect((await readdir(root)).sort()).toEqual(['a', 'social-media']);
  });
});

async function zipOf(
  files: Record<string, string>,
  compression: 'STORE' | 'DEFLATE' = 'STORE',
): Promise<Buffer> {
  const zip = new JSZip();
  for (const [name, content] of Object.entries(files)) zip.file(name, content, { createFolders: false });
  return await zip.generateAsync({ type: 'nodebuffer', compression });
}

/** The header of a member of that size, with none of its content. */
function tarBomb(size: number): Buffer {
  const block = Buffer.alloc(512);
  block.write('bomb', 0);
  block.write('0000644\0' + '0001750\0' + '0001750\0', 100);
  block[124] = 0x80;
  block.writeBigUInt64BE(BigInt(size), 128);
  block.write('00000000001\0', 136);
  block.write('        0', 148);
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
