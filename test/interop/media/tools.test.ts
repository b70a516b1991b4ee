import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { link, mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import { stageArchive } from '../../../src/core/media/stage.ts';
import { writeTar } from '../../../src/core/media/writeTar.ts';
import { writeZip } from '../../../src/core/media/writeZip.ts';
import type { Warning } from '../../../src/core/task.ts';
import { archiveTo, never, restoreInto } from '../../support/media.ts';
import { hasProgram } from '../../support/programs.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { describeTree, makeTree, type TreeItem } from '../../support/tree.ts';

const run = promisify(execFile);
const at = (text: string) => Date.parse(text);
const long = 'd'.repeat(90);

/** Dates at even seconds, which is all that a zip tells other programs. */
const items: TreeItem[] = [
  { path: 'hello.txt', content: 'hello', mode: 0o644, mtime: at('2026-01-02T03:04:06Z') },
  { path: 'script.sh', content: '#!/bin/sh\n', mode: 0o755, mtime: at('2025-07-02T03:04:06Z') },
  { path: 'secret', content: 'x'.repeat(100_000), mode: 0o600, mtime: at('2001-09-09T01:46:40Z') },
  { path: 'zero', content: '', mode: 0o644, mtime: at('1999-12-31T23:59:58Z') },
  { path: 'media/inner.txt', content: 'inner', mode: 0o644, mtime: at('2026-01-02T03:04:06Z') },
  { path: 'media', folder: true, mode: 0o750, mtime: at('2026-03-02T03:04:06Z') },
  { path: 'social-media/pic', content: 'pic', mode: 0o644, mtime: at('2026-01-02T03:04:06Z') },
  { path: 'social-media', folder: true, mode: 0o755, mtime: at('2026-03-02T03:04:06Z') },
  {
    path: `long/${long}/${long}/${long}.txt`,
    content: 'long',
    mode: 0o644,
    mtime: at('2026-01-02T03:04:06Z'),
  },
  { path: `long/${long}/${long}`, folder: true, mode: 0o755, mtime: at('2026-01-02T03:04:06Z') },
  { path: `long/${long}`, folder: true, mode: 0o755, mtime: at('2026-01-02T03:04:06Z') },
  { path: 'long', folder: true, mode: 0o755, mtime: at('2026-01-02T03:04:06Z') },
  {
    path: 'ünïcode/żółć — 日本語 🦄.txt',
    content: 'unicode',
    mode: 0o644,
    mtime: at('2026-01-02T03:04:06Z'),
  },
  { path: 'ünïcode', folder: true, mode: 0o755, mtime: at('2026-01-02T03:04:06Z') },
  { path: 'empty', folder: true, mode: 0o711, mtime: at('2024-02-29T12:00:00Z') },
  { path: `quote's "x" ; $(y)`, content: '1', mode: 0o644, mtime: at('2026-01-02T03:04:06Z') },
  { path: '-rf', content: '2', mode: 0o644, mtime: at('2026-01-02T03:04:06Z') },
  { path: 'to-file', link: 'social-media/pic', mtime: at('2026-01-02T03:04:06Z') },
  { path: 'media/up', link: '../ünïcode/żółć — 日本語 🦄.txt', mtime: at('2026-01-02T03:04:06Z') },
  { path: 'to-folder', link: 'empty', mtime: at('2026-01-02T03:04:06Z') },
];

let scratch: string;
let source: string;
let out: string;
let before: string[];

beforeEach(async () => {
  scratch = await scratchFolder();
  source = join(scratch, 'source');
  out = join(scratch, 'out');
  await makeTree(source, items);
  // The dates of folders, which making their content has moved.
  await makeTree(
    source,
    items.filter((item) => 'folder' in item),
  );
  await mkdir(out);
  before = await describeTree(source);
});

describe('what we write, others unpack to the same tree', () => {
  test.skipIf(!hasProgram('tar'))('tar x', async () => {
    const file = await archiveTo(join(scratch, 'a.tar'), writeTar(source, { signal: never, exclude: [] }));
    const { stderr } = await run('tar', ['xpf', file, '-C', out]);
    expect(stderr).toBe('');
    expect(await describeTree(out)).toEqual(before);
  });

  test.skipIf(!hasProgram('python3'))("Python's tarfile", async () => {
    const file = await archiveTo(join(scratch, 'a.tar'), writeTar(source, { signal: never, exclude: [] }));
    await run('python3', [
      '-W',
      'ignore',
      '-c',
      'import sys, tarfile; tarfile.open(sys.argv[1], "r:").extractall(sys.argv[2])',
      file,
      out,
    ]);
    // Python dates no links.
    const undated = (lines: string[]) =>
      lines.map((line) => (line.includes(' -> ') ? line.replace(/ \d+$/, '') : line));
    expect(undated(await describeTree(out))).toEqual(undated(before));
  });

  test.skipIf(!hasProgram('unzip', '-v')).each(['UTC', 'Asia/Kolkata'])('unzip in %s', async (zone) => {
    const file = join(scratch, 'a.zip');
    // The zone of a process cannot be changed while it runs.
    const script = `import { writeFile } from 'node:fs/promises';
      import { writeZip } from '${join(import.meta.dirname, '../../../src/core/media/writeZip.ts')}';
      await writeFile(process.argv[1], writeZip(process.argv[2], { signal: new AbortController().signal, exclude: [] }));`;
    const env = { ...process.env, TZ: zone, LC_ALL: 'C.UTF-8' };
    await run(
      process.execPath,
      ['--experimental-strip-types', '--no-warnings', '--input-type=module', '-e', script, file, source],
      { env },
    );
    await run('unzip', ['-q', '-K', file, '-d', out], { env });
    // unzip dates no links, and gives folders the rights of umask.
    const comparable = (lines: string[]) =>
      lines.map((line) => (line.includes(' -> ') ? line.replace(/ \d+$/, '') : line));
    expect(comparable(await describeTree(out))).toEqual(comparable(before));
  });

  test('a zip is whole for Python too, compressed or not', async () => {
    for (const compress of [false, true]) {
      const zip = writeZip(source, { signal: never, exclude: [], compress });
      const file = await archiveTo(join(scratch, `${compress}.zip`), zip);
      const { stdout } = await run('python3', [
        '-c',
        'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), len(z.namelist()))',
        file,
      ]);
      expect(stdout.trim()).toBe(`None ${items.length}`);
    }
  });
});

test.skipIf(!hasProgram('python3'))(
  'mediarestore takes every member: files, links to them, nothing else',
  async () => {
    await symlink('nowhere', join(source, 'dangling'));
    await symlink('itself', join(source, 'itself'));
    await symlink('.', join(source, 'root'));
    await symlink('to-folder/../hello.txt', join(source, 'round-about'));
    await symlink(join(source, 'hello.txt'), join(source, 'absolute'));
    const warnings: Warning[] = [];
    const onWarning = (warning: Warning) => void warnings.push(warning);
    const file = await archiveTo(
      join(scratch, 'a.tar'),
      writeTar(source, { signal: never, exclude: [], onWarning }),
    );
    // The loop of mediarestore, 3.0 to 4.3 (dbbackup/management/commands/mediarestore.py).
    const loop = `
import json, sys, tarfile
archive = tarfile.open(sys.argv[1], "r:")
restored = {}
for member in archive:
    if member.path == "media":
        continue
    content = archive.extractfile(member)
    if content is None:
        continue
    restored[member.path] = len(content.read())
print(json.dumps(restored))`;
    const restored = JSON.parse((await run('python3', ['-c', loop, file])).stdout) as Record<string, number>;
    expect(restored).toMatchObject({
      'hello.txt': 5,
      absolute: 5,
      'round-about': 5,
      'to-file': 3,
      'media/up': 7,
      secret: 100_000,
    });
    expect(Object.keys(restored)).toHaveLength(14);
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('"dangling"'),
      expect.stringContaining('"itself"'),
      expect.stringContaining('"root"'),
    ]);
    const root = join(scratch, 'media');
    await restoreInto(root, scratch, createReadStream(file), 'tar');
    expect(await readFile(join(root, 'absolute'), 'utf8')).toBe('hello');
    expect(await readFile(join(root, 'round-about'), 'utf8')).toBe('hello');
  },
);

describe.skipIf(!hasProgram('tar'))('what GNU tar writes comes back', () => {
  test.each([['gnu'], ['pax'], ['posix'], ['oldgnu']])('--format=%s', async (format) => {
    const file = join(scratch, 'a.tar');
    await run('tar', ['cf', file, `--format=${format}`, '-C', source, '.']);
    const root = join(scratch, 'media');
    const { warnings } = await restoreInto(root, scratch, createReadStream(file), 'tar');
    expect(await describeTree(root)).toEqual(before);
    expect(warnings).toEqual([]);
  });

  test.each(['ustar', 'v7'])('--format=%s, which holds short names alone', async (format) => {
    const short = join(scratch, 'short');
    const fitting = items.filter(
      ({ path }) => path.length < 90 && Buffer.byteLength(path) === path.length && !path.endsWith('up'),
    );
    await makeTree(short, fitting);
    await makeTree(
      short,
      fitting.filter((item) => 'folder' in item),
    );
    const file = join(scratch, 'a.tar');
    await run('tar', ['cf', file, `--format=${format}`, '-C', short, '.']);
    const root = join(scratch, 'media');
    await restoreInto(root, scratch, createReadStream(file), 'tar');
    expect(await describeTree(root)).toEqual(await describeTree(short));
  });

  test('hard links, appended members and sparse files', async () => {
    await link(join(source, 'hello.txt'), join(source, 'hard'));
    const file = join(scratch, 'a.tar');
    await run('tar', ['cf', file, '-C', source, 'hello.txt']);
    await run('tar', ['rf', file, '-C', source, 'hard', 'secret']);
    const root = join(scratch, 'media');
    await restoreInto(root, scratch, createReadStream(file), 'tar');
    expect(await readFile(join(root, 'hard'), 'utf8')).toBe('hello');
    await writeFile(join(source, 'sparse'), 'x');
    await truncate(join(source, 'sparse'), 1 << 22);
    for (const format of ['gnu', 'posix']) {
      await run('tar', ['cSf', file, `--format=${format}`, '-C', source, 'sparse']);
      const staging = join(scratch, `staging-${format}`);
      await expect(
        stageArchive(createReadStream(file), 'tar', staging, { signal: never }),
      ).rejects.toMatchObject({
        code: 'bad-archive',
        message: expect.stringContaining('sparse'),
      });
    }
  });
});

describe.skipIf(!hasProgram('zip', '-v'))('what Info-ZIP writes comes back', () => {
  test.each([
    ['stored', '-0'],
    ['deflated', '-9'],
  ])('%s', async (_, option) => {
    const file = join(scratch, 'a.zip');
    await run('zip', ['-qry', option, file, '.'], { cwd: source });
    const root = join(scratch, 'media');
    const { warnings } = await restoreInto(root, scratch, createReadStream(file), 'zip');
    expect(await describeTree(root)).toEqual(before);
    expect(warnings).toEqual([]);
  });

  test('streamed into a pipe, sizes behind the content', async () => {
    const names = ['hello.txt', 'script.sh', 'secret', 'zero'];
    const file = join(scratch, 'a.zip');
    await run('sh', ['-c', 'zip -qrD - "$@" | cat > "$0"', file, ...names], { cwd: source });
    const root = join(scratch, 'media');
    await restoreInto(root, scratch, createReadStream(file), 'zip');
    expect(await describeTree(root)).toEqual(
      before.filter((line) => names.some((name) => line.startsWith(`${name} `))),
    );
  });
});
