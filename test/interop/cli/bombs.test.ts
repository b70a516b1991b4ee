import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import JSZip from 'jszip';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import type { Bytes } from '../../../src/core/task.ts';
import { gather } from '../../support/bytes.ts';
import { leftIn } from '../../support/leftovers.ts';
import { bodiesIn, notes, recipient, type TestProject, testProject } from '../../support/project.ts';
import { hashFolder } from '../../tools/content.ts';

const mega = 2 ** 20;

/** Gzip members one behind the other are one file: gigabytes in kilobytes, without a gigabyte anywhere here. */
const many = (start: string, filling: string, times: number, end: string) =>
  Buffer.concat([
    gzipSync(start),
    ...Array<Buffer>(times).fill(gzipSync(Buffer.alloc(10 * mega, filling))),
    gzipSync(end),
  ]);

const create = 'CREATE TABLE t(x);\n';

async function withMedia(key = true): Promise<TestProject & { media: string }> {
  const project = await testProject({ key });
  const media = join(project.folder, 'upload');
  mkdirSync(media);
  writeFileSync(join(media, 'a.txt'), 'live');
  settings(project, {});
  return { ...project, media };
}

function settings({ folder }: TestProject, more: object): void {
  mkdirSync(join(folder, '.vscode'), { recursive: true });
  const all = { 'dbbackup.mediaRoot': 'upload', ...more };
  writeFileSync(join(folder, '.vscode/settings.json'), JSON.stringify(all));
}

/** Refused by name within a minute, live data as before, nothing left over. */
async function refused(project: TestProject, args: string[], code: string, words: RegExp): Promise<void> {
  const live = readFileSync(project.database);
  const files = await hashFolder(join(project.folder, 'upload'));
  const run = await project.cli('restore', ...args, '--yes', '--json');
  expect(run.json.error, run.stderr).toMatchObject({ code, message: expect.stringMatching(words) });
  expect(run.exit).toBe(4);
  expect(readFileSync(project.database).equals(live)).toBe(true);
  expect(await hashFolder(join(project.folder, 'upload'))).toBe(files);
  expect(leftIn(project.home)).toEqual([]);
  expect(readdirSync(project.folder).filter((name) => /part|\.dbbackup/.test(name))).toEqual([]);
}

describe('a bomb', () => {
  it('of 10 GB in one string is refused at the longest statement there is', async () => {
    const project = await withMedia(false);
    const path = join(project.folder, 'string.dump.gz');
    writeFileSync(path, many(`${create}INSERT INTO t VALUES('`, 'a', 1000, "');\n"));
    await refused(
      project,
      [path],
      'over-limit',
      /statement that begins on line 2 is longer than 536870888 bytes/,
    );
  });

  it.each([
    ['gzip in gzip', 1],
    ['gzip in gzip in gzip', 2],
  ])('of %s is refused at 1100 times its size', async (_name, times) => {
    const project = await withMedia(false);
    let bomb = many(create, ' ', 300, '');
    for (let count = 0; count < times; count++) bomb = gzipSync(bomb);
    const path = join(project.folder, 'nested.dump.gz');
    writeFileSync(path, bomb);
    await refused(project, [path], 'over-limit', /nested\.dump\.gz unpacks to more than 1100 times its size/);
  });

  it('within an encrypted message is refused alike', async () => {
    const project = await withMedia();
    const plain = join(project.folder, 'bomb.dump.gz');
    writeFileSync(plain, gzipSync(many(create, '\n', 300, '')));
    expect((await project.cli('encrypt', plain, '-r', recipient)).exit).toBe(0);
    await refused(project, [`${plain}.gpg`], 'over-limit', /unpacks to more than 1100 times its size/);
  });

  it('of wraps around wraps is refused by their number', async () => {
    const project = await withMedia(false);
    let bomb = gzipSync(create);
    for (let count = 0; count < 5; count++) bomb = gzipSync(bomb);
    const path = join(project.folder, 'wrapped.dump.gz');
    writeFileSync(path, bomb);
    await refused(project, [path], 'over-limit', /wrapped more than 4 times/);
  });

  it('of a tar, or a zip, is refused before its member is unpacked', async () => {
    const project = await withMedia(false);
    const tar = pack();
    tar.entry({ name: 'zeros' }, Buffer.alloc(100 * mega));
    tar.finalize();
    const packed = join(project.folder, 'zeros.tar.gz');
    writeFileSync(packed, gzipSync(await gather(tar as unknown as Bytes)));
    await refused(project, ['--media', packed], 'over-limit', /more than 300 times its size \(at "zeros"\)/);
    const zip = new JSZip().file('zeros', Buffer.alloc(100 * mega));
    const zipped = join(project.folder, 'zeros.zip');
    writeFileSync(zipped, await zip.generateAsync({ type: 'nodebuffer', compression: 'DEFLATE' }));
    await refused(project, ['--media', zipped], 'over-limit', /more than 300 times its size/);
  });

  it('of names is refused by their number', async () => {
    const project = await withMedia(false);
    settings(project, { 'dbbackup.limits': { files: 100 } });
    const tar = pack();
    for (let count = 0; count < 101; count++) tar.entry({ name: `${count}` }, '');
    tar.finalize();
    const path = join(project.folder, 'names.tar');
    writeFileSync(path, await gather(tar as unknown as Bytes));
    await refused(project, ['--media', path], 'over-limit', /more than 100 files/);
  });
});

describe('a limit', () => {
  it('that an honest backup meets is raised by the setting, and a setting that is none is named', async () => {
    const project = await withMedia(false);
    const made = await project.cli('backup', '--no-encrypt', '-o', join(project.folder, '..', 'x.dump'));
    expect(made.exit, made.stderr).toBe(0);
    const dump = readFileSync(join(project.folder, '..', 'x.dump'));
    const path = join(project.folder, 'honest.dump.gz');
    // All its blanks are packed twice.
    writeFileSync(path, gzipSync(Buffer.concat([many('', '\n', 10, ''), gzipSync(dump)])));
    await refused(project, [path], 'over-limit', /unpacks to more than 1100 times/);
    settings(project, { 'dbbackup.limits': { ratio: 'a lot' } });
    const odd = await project.cli('restore', path, '--yes', '--json');
    expect(odd.json.error).toMatchObject({ code: 'over-limit' });
    settings(project, { 'dbbackup.limits': { ratio: 10_000_000 } });
    const restored = await project.cli('restore', path, '--yes', '--json');
    expect(restored.exit, restored.stderr).toBe(0);
    expect(bodiesIn(project.database)).toEqual(notes);
    settings(project, { 'dbbackup.limits': { size: '1 KB' } });
    await refused(project, [path], 'over-limit', /unpacks to more than 1000 bytes/);
  });

  it('of memory holds for a zip', async () => {
    const project = await withMedia(false);
    settings(project, { 'dbbackup.limits': { zip: '5 MB' } });
    const path = join(project.folder, 'large.zip');
    const zip = new JSZip().file('a', randomBytes(6 * mega));
    writeFileSync(path, await zip.generateAsync({ type: 'nodebuffer' }));
    await refused(project, ['--media', path], 'over-limit', /The zip file is larger than 4 MB/);
    settings(project, {});
    expect((await project.cli('restore', '--media', path, '--yes')).exit).toBe(0);
  });
});
