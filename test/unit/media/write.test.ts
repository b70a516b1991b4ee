import {
  appendFile,
  mkdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import JSZip from 'jszip';
import { describe, expect, test } from 'vitest';
import type { ArchiveFacts } from '../../../src/core/media/archive.ts';
import { listArchive } from '../../../src/core/media/listArchive.ts';
import { readMember } from '../../../src/core/media/readMember.ts';
import { writeTar } from '../../../src/core/media/writeTar.ts';
import { writeZip } from '../../../src/core/media/writeZip.ts';
import type { Warning } from '../../../src/core/task.ts';
import { collect, inPieces, never, restoreInto } from '../../support/media.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { describeTree, makeTree } from '../../support/tree.ts';

const writers = { tar: writeTar, zip: writeZip };
const megabyte = 1 << 20;

/** Packs a folder and gives bytes, warnings and what the writer counted. */
async function pack(
  kind: 'tar' | 'zip',
  root: string,
  exclude: string[] = [],
  onFirst?: () => Promise<void>,
) {
  const warnings: Warning[] = [];
  const options = { signal: never, exclude, onWarning: (warning: Warning) => void warnings.push(warning) };
  const writer = writers[kind](root, options);
  const chunks: Uint8Array[] = [];
  let size = 0;
  let changed = false;
  let step = await writer.next();
  while (!step.done) {
    chunks.push(step.value);
    size += step.value.length;
    if (size > megabyte && !changed) {
      changed = true;
      await onFirst?.();
    }
    step = await writer.next();
  }
  const facts: ArchiveFacts = step.value;
  const bytes = Buffer.concat(chunks);
  const listed = await listArchive(inPieces(bytes), kind, { signal: never });
  return { bytes, warnings, facts, paths: listed.map(({ path }) => path).sort() };
}

describe.each(['tar', 'zip'] as const)('a %s', (kind) => {
  test('tells how many files and bytes went in', async () => {
    const root = join(await scratchFolder(), 'media');
    await makeTree(root, [
      { path: 'a', content: 'one' },
      { path: 'd/b', content: 'three' },
      { path: 'empty', folder: true },
    ]);
    expect((await pack(kind, root)).facts).toEqual({ files: 2, bytes: 8 });
  });

  test('of an empty folder is whole', async () => {
    const scratch = await scratchFolder();
    await mkdir(join(scratch, 'media'));
    const { bytes, paths } = await pack(kind, join(scratch, 'media'));
    expect(paths).toEqual([]);
    await restoreInto(join(scratch, 'out'), scratch, inPieces(bytes), kind);
  });

  test('leaves out the backups folder and our own temporary files', async () => {
    const root = join(await scratchFolder(), 'media');
    await makeTree(root, [
      { path: 'a', content: 'a' },
      { path: 'backups/old.tar', content: 'old' },
      { path: 'backups-not', content: 'b' },
      { path: '.dbbackup-host-1-ab.part', content: 'growing' },
      { path: 'd/.dbbackup-0123.part', content: 'left by a crash' },
    ]);
    expect((await pack(kind, root, [join(root, 'backups')])).paths).toEqual(['a', 'backups-not', 'd']);
  });

  test.each(['the media folder itself', 'the folder it lies in'])(
    'says so where %s is where the backups are',
    async (which) => {
      const scratch = await scratchFolder();
      const root = join(scratch, 'media');
      await makeTree(root, [{ path: 'a', content: 'a' }]);
      const { paths, warnings } = await pack(kind, root, [which.startsWith('the media') ? root : scratch]);
      expect(paths).toEqual(['a']);
      expect(warnings.map(({ code }) => code)).toEqual(['backups-not-apart']);
    },
  );

  test('a link out is stored as what it leads to, one that leads back up or nowhere is left out', async () => {
    const scratch = await scratchFolder();
    const root = join(scratch, 'media');
    await makeTree(root, [{ path: 'a', content: 'a' }]);
    await makeTree(join(scratch, 'disk'), [
      { path: 'photos/p', content: 'photo' },
      { path: 'one', content: '1' },
    ]);
    await symlink(join(scratch, 'disk'), join(root, 'disk'));
    await symlink('..', join(scratch, 'disk', 'photos', 'loop'));
    await symlink(join(scratch, 'disk', 'one'), join(root, 'file'));
    await symlink(scratch, join(root, 'up'));
    await symlink('gone', join(root, 'dangling'));
    const { paths, warnings } = await pack(kind, root);
    expect(paths).toEqual(['a', 'disk', 'disk/one', 'disk/photos', 'disk/photos/p', 'file']);
    expect(warnings.filter(({ code }) => code === 'link-followed')).toHaveLength(2);
    expect(
      warnings.filter(({ code }) => code === 'left-out').map(({ message }) => message.split(' ')[0]),
    ).toEqual(['"dangling"', '"disk/photos/loop"', '"up"']);
  });

  test('sockets and names that are not UTF-8 are left out by name', async () => {
    const root = join(await scratchFolder(), 'media');
    await makeTree(root, [{ path: 'a', content: 'a' }]);
    await writeFile(Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9])]), 'latin');
    const server = createServer().listen(join(root, 'socket'));
    await new Promise((ready) => server.once('listening', ready));
    const { paths, warnings } = await pack(kind, root);
    server.close();
    expect(paths).toEqual(['a']);
    expect(warnings.map(({ code }) => code)).toEqual(['name-not-utf8', 'left-out']);
    expect(warnings[0]?.message).toContain('café');
  });

  describe('of files that change while they are read is whole, and names them', () => {
    const changes: [string, (path: string) => Promise<void>, RegExp][] = [
      ['grows', (path) => appendFile(path, 'more'), /"b" grew/],
      ['shrinks', (path) => truncate(path, 2 * megabyte), /"b" shrank/],
      ['changes in place', (path) => utimes(path, 1, 1), /"b" changed/],
    ];
    for (const [what, change, message] of changes) {
      test(`one ${what}`, async () => {
        const scratch = await scratchFolder();
        const root = join(scratch, 'media');
        await makeTree(root, [
          { path: 'b', content: Buffer.alloc(8 * megabyte, 'x') },
          { path: 'c', content: 'c' },
        ]);
        const { bytes, warnings } = await pack(kind, root, [], () => change(join(root, 'b')));
        expect(warnings.map(({ code }) => code)).toEqual(['file-changed']);
        expect(warnings[0]?.message).toMatch(message);
        await restoreInto(join(scratch, 'out'), scratch, inPieces(bytes), kind);
        expect((await readFile(join(scratch, 'out', 'b'))).length).toBe(8 * megabyte);
        expect(await readFile(join(scratch, 'out', 'c'), 'utf8')).toBe('c');
      });
    }

    test('one vanishes before its turn', async () => {
      const root = join(await scratchFolder(), 'media');
      await makeTree(root, [
        { path: 'b', content: Buffer.alloc(8 * megabyte, 'x') },
        { path: 'c', content: 'c' },
      ]);
      await symlink('c', join(root, 'd'));
      const { warnings } = await pack(kind, root, [], async () => {
        await rm(join(root, 'c'));
        await rm(join(root, 'd'));
      });
      // A tar looks at each file when its turn comes: what is gone by then was never there.
      const gone =
        kind === 'zip' ? ['"c" vanished before it could be read; its content is not in this backup.'] : [];
      expect(warnings.map(({ message }) => message)).toEqual(gone);
    });
  });

  test('stops within a second of being cancelled, or when nobody reads on', async () => {
    const root = join(await scratchFolder(), 'media');
    await makeTree(root, [{ path: 'b', content: Buffer.alloc(64 * megabyte, 'x') }]);
    const cancel = new AbortController();
    const started = Date.now();
    const reading = async () => {
      for await (const chunk of writers[kind](root, { signal: cancel.signal, exclude: [] })) {
        if (chunk.length > 0) cancel.abort();
      }
    };
    await expect(reading()).rejects.toMatchObject({ code: 'cancelled' });
    for await (const chunk of writers[kind](root, { signal: never, exclude: [] })) if (chunk) break;
    expect(Date.now() - started).toBeLessThan(1000);
  });

  test('one member is read without unpacking the rest', async () => {
    const root = join(await scratchFolder(), 'media');
    await makeTree(root, [
      { path: 'a', content: 'one' },
      { path: 'd/b', content: 'two' },
      { path: 'e', content: 'three' },
    ]);
    const { bytes } = await pack(kind, root);
    const read = (path: string) => collect(readMember(inPieces(bytes), kind, path, { signal: never }));
    expect((await read('d/b')).toString()).toBe('two');
    await expect(read('d')).rejects.toMatchObject({ code: 'no-such-file' });
  });
});

test('a root that holds nothing but a folder media comes back as that', async () => {
  const scratch = await scratchFolder();
  const root = join(scratch, 'root');
  await makeTree(root, [
    { path: 'media/a', content: 'x' },
    { path: 'media/media/b', content: 'y' },
  ]);
  const out = join(scratch, 'out');
  await restoreInto(out, scratch, writeTar(root, { signal: never, exclude: [] }), 'tar');
  expect(await describeTree(out, 1000)).toEqual(await describeTree(root, 1000));
});

test('only what is wanted is unpacked, with an old prefix or without', async () => {
  const scratch = await scratchFolder();
  const root = join(scratch, 'root');
  await makeTree(root, [
    { path: 'a/x', content: 'x' },
    { path: 'a/y', content: 'y' },
    { path: 'media/x', content: 'z' },
  ]);
  const wanted = (path: string) => path === 'a/x';
  const out = join(scratch, 'out');
  await restoreInto(out, scratch, writeTar(root, { signal: never, exclude: [] }), 'tar', 'replace', {
    wanted,
  });
  expect((await describeTree(out)).map((line) => line.split(' ')[0])).toEqual(['a/', 'a/x']);
  await mkdir(join(scratch, 'old', 'media'), { recursive: true });
  await rename(join(root, 'a'), join(scratch, 'old', 'media', 'a'));
  const { bytes } = await pack('tar', join(scratch, 'old'));
  // Without the member that marks our own, as django-dbbackup of old wrote it.
  const old = bytes.subarray(512);
  const again = join(scratch, 'again');
  await restoreInto(again, scratch, inPieces(old), 'tar', 'replace', { wanted });
  expect((await describeTree(again)).map((line) => line.split(' ')[0])).toEqual(['a/', 'a/x']);
});

test('a disk that takes two names for one gets the first, and a warning for the other', async () => {
  const scratch = await scratchFolder();
  const root = join(scratch, 'root');
  await makeTree(root, [
    { path: 'A/x', content: '1' },
    { path: 'B', content: '2' },
    { path: 'a/x', content: '3' },
    { path: 'a/z', content: '4' },
    { path: 'b', content: '5' },
  ]);
  const nameFold = (path: string) => path.toLowerCase();
  const { warnings } = await restoreInto(
    join(scratch, 'out'),
    scratch,
    writeTar(root, { signal: never, exclude: [] }),
    'tar',
    'replace',
    { nameFold },
  );
  expect(warnings.map(({ code, message }) => [code, message.split(' ')[0]])).toEqual([
    ['name-collision', '"a/x"'],
    ['name-collision', '"b"'],
  ]);
});

describe('a zip is bounded', () => {
  test('by memory, before its first byte', async () => {
    const root = join(await scratchFolder(), 'media');
    await makeTree(root, [{ path: 'a', content: Buffer.alloc(megabyte) }]);
    const zip = writeZip(root, { signal: never, exclude: [], limits: { zipBytes: megabyte } });
    await expect(zip.next()).rejects.toMatchObject({
      code: 'over-limit',
      hint: expect.stringContaining('tar'),
    });
  });

  test('by the 4 GB that its fields can measure', async () => {
    const root = join(await scratchFolder(), 'media');
    await makeTree(root, [{ path: 'a', content: '' }]);
    await truncate(join(root, 'a'), 2 ** 32);
    const zip = writeZip(root, { signal: never, exclude: [], limits: { zipBytes: 2 ** 40 } });
    await expect(zip.next()).rejects.toMatchObject({
      code: 'over-limit',
      message: expect.stringContaining('4 GB'),
    });
  });

  test('dates before 1980 survive, in the comment', async () => {
    const scratch = await scratchFolder();
    const root = join(scratch, 'media');
    await makeTree(root, [{ path: 'old', content: 'x', mtime: 1000 }]);
    const { bytes } = await pack('zip', root);
    const zip = await JSZip.loadAsync(bytes);
    expect(zip.file('old')?.date.getUTCFullYear()).toBe(1980);
    await restoreInto(join(scratch, 'out'), scratch, inPieces(bytes), 'zip');
    expect(await describeTree(join(scratch, 'out'))).toEqual(await describeTree(root));
  });
});
