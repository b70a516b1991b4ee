import { link, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findProgram } from '../../../src/core/files/findProgram.ts';
import { freeBytes } from '../../../src/core/files/freeSpace.ts';
import { isEncryptedFile } from '../../../src/core/files/openpgpHead.ts';
import { statFiles } from '../../../src/core/files/statFiles.ts';
import { checkSettings, unpackLimits } from '../../../src/core/project/folderSettings.ts';
import { realPathOf } from '../../../src/core/project/realPath.ts';
import { scratchFolder } from '../../support/scratch.ts';

test('files are looked at together, and what is no file or cannot be one is none', async () => {
  const folder = await scratchFolder();
  await writeFile(join(folder, 'a'), '12345');
  const paths = ['a', 'gone', 'a/below', 'x'.repeat(300)].map((name) => join(folder, name));
  expect((await statFiles(paths)).map((stats) => stats?.size)).toEqual([5, undefined, undefined, undefined]);
  const many = await statFiles(Array.from({ length: 250 }, () => paths[0]!));
  expect(many.every((stats) => stats?.size === 5)).toBe(true);
});

test.each<[string, number[], boolean]>([
  ['nothing', [], false],
  ['a tag alone', [0xc1], false],
  ['an old packet without a length', [0x87, 3], false],
  ['an old packet with four bytes of length', [0x86, 0, 0, 0, 5, 3], true],
  ['a new packet with five bytes of length', [0xc1, 255, 0, 0, 0, 5, 3], true],
  ['a new packet that comes in parts', [0xc1, 0xe9, 3], false],
  ['a packet of another kind', [0xcb, 5, 3], false],
  ['a packet without its body', [0xc1, 5], false],
])('%s: whether that begins an encrypted message', async (_what, bytes, expected) => {
  const path = join(await scratchFolder(), 'file');
  await writeFile(path, Buffer.from(bytes));
  expect(await isEncryptedFile(path)).toBe(expected);
});

test('free room is that of the nearest folder that is there', async () => {
  const folder = await scratchFolder();
  expect(await freeBytes(join(folder, 'gone', 'below'))).toBeGreaterThan(0);
});

test('a program is found by PATH alone, as a file to run, and in no folder of others', async () => {
  const folder = await scratchFolder();
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin', 'tool'), '', { mode: 0o755 });
  await writeFile(join(folder, 'bin', 'text'), '', { mode: 0o644 });
  const PATH = `relative:${join(folder, 'gone')}:${join(folder, 'bin')}`;
  expect(await findProgram('tool', { PATH }, [])).toBe(join(folder, 'bin', 'tool'));
  expect(await findProgram('tool', { PATH }, [folder])).toBeUndefined();
  // Where the home folder itself is open, what lies in it is still the user's own.
  expect(await findProgram('tool', { PATH, HOME: folder }, [folder])).toBe(join(folder, 'bin', 'tool'));
  expect(await findProgram('tool', {}, [])).toBeUndefined();
});

test('a path is followed to what does not exist yet, and no further than links lead', async () => {
  const folder = await scratchFolder();
  await mkdir(join(folder, 'real'));
  await symlink('real', join(folder, 'way'));
  await symlink('real/new', join(folder, 'to-new'));
  await symlink('loop', join(folder, 'loop'));
  await link(join(folder, 'to-new'), join(folder, 'same')).catch(() => undefined);
  expect(realPathOf(join(folder, 'way', 'x', 'y'))).toBe(join(folder, 'real', 'x', 'y'));
  expect(realPathOf(join(folder, 'to-new', 'x'))).toBe(join(folder, 'real', 'new', 'x'));
  expect(realPathOf(join(folder, 'loop'))).toBe(join(folder, 'loop'));
  expect(realPathOf('/no-such-folder-at-all')).toBe('/no-such-folder-at-all');
});

test.each<[string, unknown, boolean]>([
  ['limits', { size: '2 GB', zip: '100 MB', ratio: 5, files: 10 }, true],
  ['limits', { size: 'much' }, false],
  ['limits', { ratio: 0 }, false],
  ['limits', { depth: 3 }, false],
  ['limits', [1], false],
  ['retention', { keepLast: 3, maxTotal: '2 GB' }, true],
  ['retention', { maxTotal: 5 }, false],
  ['retention', { hourly: 5 }, false],
  ['retention', { daily: -1 }, false],
  ['retention', 'all', false],
  ['drillEveryDays', -1, false],
  ['schedule', [{ cron: '0 3 * * *', what: 'all' }], true],
  ['schedule', [{ cron: '0 3 * * *', what: 'some' }], false],
  ['remotes', [{ name: 'nas' }], false],
  ['remotes', [null], false],
])('the setting %s as %j is taken: %s', (name, value, isTaken) => {
  const { settings, warnings } = checkSettings({ [name]: value });
  expect(settings).toEqual(isTaken ? { [name]: value } : {});
  expect(warnings.map(({ code }) => code)).toEqual(isTaken ? [] : ['setting-ignored']);
});

test('limits that are not set leave the usual ones', () => {
  expect(unpackLimits({})).toEqual({});
  expect(unpackLimits({ limits: { size: '2 KB', files: 3 } })).toEqual({ bytes: 2000, entries: 3 });
});
