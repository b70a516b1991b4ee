import { chmod, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { applyChange } from '../../../src/core/media/applyChange.ts';
import type { Change } from '../../../src/core/media/change.ts';
import { systemFiles } from '../../../src/core/media/filePort.ts';
import { measureMedia } from '../../../src/core/media/measure.ts';
import { openMember } from '../../../src/core/media/memberContent.ts';
import { type Member, mediaMembers } from '../../../src/core/media/members.ts';
import { duplicate, place } from '../../../src/core/media/place.ts';
import { stagingFolderBeside, sweepStaging } from '../../../src/core/media/stagingFolder.ts';
import { resolveRoot, walkTree } from '../../../src/core/media/walk.ts';
import type { Warning } from '../../../src/core/task.ts';
import { never } from '../../support/media.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { makeTree } from '../../support/tree.ts';

/** What a backup of a folder holds, and what it says of what it leaves out. */
async function membersOf(root: string, exclude: string[] = []) {
  const warnings: Warning[] = [];
  const members: Member[] = [];
  const options = { signal: never, exclude, onWarning: (warning: Warning) => void warnings.push(warning) };
  for await (const member of mediaMembers(root, options)) members.push(member);
  return { members, warnings: warnings.map(({ message }) => message) };
}

describe('a member of a media folder', () => {
  test('whose name no restore would take is left out, and so is a link to what is no file', async () => {
    const scratch = await scratchFolder();
    const root = join(scratch, 'media');
    await makeTree(root, [
      { path: 'a', content: 'a' },
      { path: '..\\up', content: 'x' },
      { path: 'skipped/b', content: 'b' },
      { path: 'long', link: 'x'.repeat(300) },
      { path: 'own', link: '.' },
    ]);
    const server = createServer().listen(join(scratch, 'socket'));
    await new Promise((listening) => server.once('listening', listening));
    onTestFinished(() => void server.close());
    await symlink(join(scratch, 'socket'), join(root, 'to-socket'));
    await symlink('skipped/b', join(root, 'to-skipped'));
    await symlink('a/b', join(root, 'below-a-file'));
    const { members, warnings } = await membersOf(root, [join(root, 'skipped')]);
    expect(members.map(({ path }) => path)).toEqual(['a']);
    expect(warnings).toEqual([
      '"..\\\\up" was left out: no restore would accept its name.',
      '"below-a-file" was left out: it is a link to nothing.',
      '"long" was left out: it is a link to nothing.',
      '"own" was left out: it is a link to the media folder itself.',
      '"to-skipped" was left out: it is a link into a folder that is not backed up.',
      '"to-socket" was left out: it is a link to a socket, a pipe or a device.',
    ]);
  });

  test('that is a link through another link names the real place', async () => {
    const root = join(await scratchFolder(), 'media');
    await makeTree(root, [
      { path: 'real/file', content: 'x' },
      { path: 'way', link: 'real' },
      { path: 'd/through', link: '../way/file' },
      { path: 'absolute', link: join(root, 'real', 'file') },
    ]);
    const { members } = await membersOf(root);
    const targets = members.filter(({ type }) => type === 'symlink');
    expect(targets.map(({ path, linkTarget }) => [path, linkTarget])).toEqual([
      ['absolute', 'real/file'],
      ['d/through', '../real/file'],
      ['way', 'real'],
    ]);
  });

  const member = (absolute: string): Member => ({
    path: 'm',
    type: 'file',
    mode: 0o644,
    mtime: 0,
    absolute,
    size: 0,
  });

  test('that became a folder or a link to itself meanwhile is named, with what the system says', async () => {
    const scratch = await scratchFolder();
    await symlink('loop', join(scratch, 'loop'));
    expect(() => openMember(member(join(scratch, 'loop')), { signal: never })).toThrow(
      expect.objectContaining({ code: 'failed', message: expect.stringContaining('"m"') }),
    );
    await mkdir(join(scratch, 'folder'));
    for (let at = 0; at < 50; at++) await writeFile(join(scratch, 'folder', `file-${at}`), '');
    const opened = openMember(member(join(scratch, 'folder')), { signal: never });
    if (opened && opened.size > 0) expect(() => [...opened.content]).toThrow(/EISDIR/);
    opened?.close();
  });
});

describe('a media root', () => {
  test('that leads nowhere or is none is told with its path', async () => {
    const scratch = await scratchFolder();
    await symlink('loop', join(scratch, 'loop'));
    await writeFile(join(scratch, 'file'), '');
    await expect(resolveRoot(join(scratch, 'loop'), [])).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(resolveRoot(join(scratch, 'file'), [])).rejects.toMatchObject({
      code: 'media-root-refused',
    });
    await expect(resolveRoot(join(scratch, 'file', 'x'), [])).rejects.toMatchObject({ code: 'no-such-file' });
    await expect(resolveRoot(join(scratch, 'gone'), [])).rejects.toMatchObject({
      code: 'media-root-missing',
    });
    await expect(resolveRoot(join(scratch, 'gone', 'media'), [], true)).rejects.toMatchObject({
      code: 'media-root-missing',
    });
    const walk = walkTree(join(scratch, 'file'), { signal: never, exclude: [] });
    await expect(walk.next()).rejects.toMatchObject({ code: 'no-such-file' });
    const gone = walkTree(join(scratch, 'gone'), { signal: never, exclude: [] });
    expect(await gone.next()).toMatchObject({ done: true });
  });

  test('is measured by its files, and as nothing where it cannot be walked', async () => {
    const scratch = await scratchFolder();
    await makeTree(join(scratch, 'media'), [
      { path: 'a', content: '12345' },
      { path: 'd/b', content: '123' },
      { path: 'link', link: 'a' },
      { path: 'backups/c', content: '1234567' },
    ]);
    const measure = (root: string) =>
      measureMedia(join(scratch, root), { signal: never, exclude: [join(scratch, 'media', 'backups')] });
    expect(await measure('media')).toBe(8);
    expect(await measure('gone')).toBe(0);
  });
});

describe('staging folders', () => {
  const here = hostname().replace(/[^A-Za-z0-9.]/g, '_');
  const named = (host: string, pid: number) => `.dbbackup-media-${host}-${pid}-ab12`;

  test('of processes that are gone are swept, here alone, and no others', async () => {
    const scratch = await scratchFolder();
    const kept = [named(here, process.pid), named('other', 999_999_999), 'mine'];
    for (const name of [named(here, 999_999_999), ...kept])
      await makeTree(join(scratch, name), [{ path: 'x', content: 'decoded' }]);
    await makeTree(join(scratch, 'media'), []);
    await makeTree(join(scratch, 'otherwise', named(here, 999_999_998)), []);
    const media = join(scratch, 'media');
    expect(await sweepStaging(media)).toEqual([join(scratch, named(here, 999_999_999))]);
    expect(await sweepStaging(media, join(scratch, 'otherwise'))).toEqual([
      join(scratch, 'otherwise', named(here, 999_999_998)),
    ]);
    expect(await sweepStaging(media, join(scratch, 'gone'))).toEqual([]);
    expect((await readdir(scratch)).sort()).toEqual([...kept, 'media', 'otherwise'].sort());
  });

  test('lie beside the media root, or in a private folder where nothing can be made there', async () => {
    const scratch = await scratchFolder();
    const private_ = join(scratch, 'private');
    expect(await stagingFolderBeside(join(scratch, 'media'), private_)).toContain(
      `${scratch}/.dbbackup-media`,
    );
    expect(await stagingFolderBeside(join(scratch, 'gone', 'media'))).toContain(`${scratch}/gone/.dbbackup-`);
    const elsewhere = await stagingFolderBeside(join(scratch, 'gone', 'media'), private_);
    expect(elsewhere).toContain(`${private_}/.dbbackup-media`);
    expect((await stat(private_)).mode & 0o777).toBe(0o700);
  });
});

describe('a change of a tree', () => {
  const nothing = { remove: [], removeFolders: [], makeFolders: [], put: [], setFolders: [] };
  const apply = (root: string, change: Partial<Change>, before?: Map<string, undefined>) =>
    applyChange(
      systemFiles,
      { root, ...nothing, ...change },
      { signal: never, part: '.part', spend: false, before },
    );

  test('passes over what is gone already', async () => {
    const root = await scratchFolder();
    await makeTree(root, [{ path: 'file', content: 'x' }]);
    await apply(root, {
      remove: ['gone/x', 'file/x', 'gone'],
      removeFolders: ['gone/y', 'nowhere', 'file/z'],
      setFolders: [
        { path: 'gone', mode: 0o700 },
        { path: 'file', mode: 0o700 },
        { path: 'file/below', mtime: 0 },
      ],
    });
    expect(await readdir(root)).toEqual(['file']);
    expect((await stat(join(root, 'file'))).mode & 0o777).toBe(0o644);
  });

  test('makes and puts nothing below what is no folder', async () => {
    const root = await scratchFolder();
    await makeTree(root, [{ path: 'file', content: 'x' }]);
    const from = join(root, 'file');
    for (const change of [
      { makeFolders: ['file/below'] },
      { put: [{ path: 'file/below', from }] },
      { put: [{ path: 'gone/below', from }] },
    ])
      await expect(apply(root, change)).rejects.toMatchObject({ code: 'busy' });
    await expect(apply(root, { makeFolders: ['file'] })).rejects.toMatchObject({ code: 'EEXIST' });
  });

  test('takes a folder that is there for made, opens a locked one for the work, and locks it again', async () => {
    const root = await scratchFolder();
    await makeTree(root, [
      { path: 'from', content: 'new' },
      { path: 'locked/kept', content: 'x' },
      { path: 'dated', folder: true },
    ]);
    await chmod(join(root, 'locked'), 0o2555);
    const from = join(root, 'from');
    await apply(root, {
      makeFolders: ['locked', 'fresh'],
      put: [{ path: 'locked/new', from }],
      setFolders: [{ path: 'dated', mtime: 86_400_000 }],
    });
    expect((await readdir(join(root, 'locked'))).sort()).toEqual(['kept', 'new']);
    expect((await stat(join(root, 'locked'))).mode & 0o7777).toBe(0o2555);
    expect((await stat(join(root, 'dated'))).mtimeMs).toBe(86_400_000);
  });

  test('stops where a file is not as it was kept, and takes a folder for no file', async () => {
    const root = await scratchFolder();
    await makeTree(root, [
      { path: 'file', content: 'x' },
      { path: 'folder/x', content: 'x' },
    ]);
    const unkept = new Map([
      ['file', undefined],
      ['folder', undefined],
    ]);
    await expect(apply(root, { remove: ['file'] }, unkept)).rejects.toMatchObject({ code: 'busy' });
    await expect(apply(root, { remove: ['folder'] }, unkept)).rejects.toMatchObject({
      code: expect.stringMatching(/EISDIR|EPERM/),
    });
    expect((await readdir(root)).sort()).toEqual(['file', 'folder']);
  });
});

test('a file that is its own goal stays, and one that is gone cannot be put anywhere', async () => {
  const root = await scratchFolder();
  await makeTree(root, [{ path: 'a', content: 'x' }]);
  await systemFiles.link(join(root, 'a'), join(root, 'b'));
  await place(systemFiles, join(root, 'a'), join(root, 'b'), '.part', true);
  expect((await readdir(root)).sort()).toEqual(['a', 'b']);
  await expect(duplicate(systemFiles, join(root, 'gone'), join(root, 'c'), true)).rejects.toMatchObject({
    code: 'ENOENT',
  });
  await expect(place(systemFiles, join(root, 'gone'), join(root, 'c'), '.part', false)).rejects.toMatchObject(
    { code: 'ENOENT' },
  );
  expect((await readdir(root)).sort()).toEqual(['a', 'b']);
});
