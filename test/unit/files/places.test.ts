import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findProgram } from '../../../src/core/files/findProgram.ts';
import { freeBytes } from '../../../src/core/files/freeSpace.ts';
import { dbbackupHome } from '../../../src/core/files/home.ts';
import { workFolder } from '../../../src/core/files/privateFolder.ts';
import { isAlive, processIdentity } from '../../../src/core/files/process.ts';
import { parseSize } from '../../../src/core/files/size.ts';
import { scratchFolder } from '../../support/scratch.ts';

describe('where keys, undo copies and logs lie', () => {
  it.each<[NodeJS.Platform, NodeJS.ProcessEnv, string]>([
    ['linux', { DBBACKUP_HOME: '/srv/home', HOME: '/home/me' }, '/srv/home'],
    ['linux', { HOME: '/home/me' }, '/home/me/.local/share/dbbackup'],
    ['linux', { HOME: '/home/me', XDG_DATA_HOME: '/data' }, '/data/dbbackup'],
    ['linux', { HOME: '/home/me', XDG_DATA_HOME: '', DBBACKUP_HOME: '' }, '/home/me/.local/share/dbbackup'],
    ['darwin', { HOME: '/Users/me' }, '/Users/me/Library/Application Support/dbbackup'],
    ['win32', { USERPROFILE: '/Users/me', LOCALAPPDATA: '/local' }, '/local/dbbackup'],
    ['win32', { USERPROFILE: '/Users/me' }, '/Users/me/AppData/Local/dbbackup'],
    ['linux', {}, join(homedir(), '.local/share/dbbackup')],
  ])('%s, %j', (platform, environment, expected) => {
    expect(dbbackupHome(environment, platform)).toBe(join(expected));
  });
});

it.each([
  ['4096', 4096],
  ['2 GB', 2e9],
  ['1.5tb', 1.5e12],
  [' 500 MiB ', 500 * 2 ** 20],
  ['3 kib', 3072],
  ['', undefined],
  ['many', undefined],
  ['-1 GB', undefined],
  ['1 XB', undefined],
  ['1 GB more', undefined],
])('a size of %j', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

it('what a process left that is gone is swept with the next work, and of this machine alone', async () => {
  const home = await scratchFolder();
  const here = hostname().replace(/[^A-Za-z0-9.]/g, '_');
  const names = [
    `${here}-4194305-0123456789ab`,
    `${here}-${process.pid}-0123456789ab`,
    'other-4194305-0123456789ab',
    'mine',
  ];
  for (const name of names) mkdirSync(join(home, 'work', name), { recursive: true });
  let at = '';
  {
    await using work = await workFolder(home);
    at = work.path;
    expect((await readdir(join(home, 'work'))).sort()).toEqual(
      [...names.slice(1), work.path.slice(home.length + 6)].sort(),
    );
  }
  expect((await readdir(join(home, 'work'))).sort()).toEqual(names.slice(1).sort());
  expect(at).toContain(`${here}-${process.pid}-`);
  writeFileSync(join(home, 'file'), '');
  await expect(workFolder(join(home, 'file'))).rejects.toMatchObject({ code: 'no-such-file' });
});

it('a process is told from a later one with its number', () => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(4_194_305)).toBe(false);
  expect(processIdentity(4_194_305)).toBe('');
  if (process.platform === 'linux') expect(processIdentity(process.pid)).toMatch(/^[0-9a-f-]{36}:\d+$/);
});

it('room is known of a folder that is not there yet, too', async () => {
  const folder = await scratchFolder();
  const free = await freeBytes(folder);
  expect(free).toBeGreaterThan(0);
  expect(await freeBytes(join(folder, 'not/yet'))).toBeGreaterThan(0);
});

describe.skipIf(process.platform === 'win32')('a program', () => {
  async function tools() {
    const root = await scratchFolder();
    for (const folder of ['bin', 'project/bin', 'links']) mkdirSync(join(root, folder), { recursive: true });
    for (const path of ['bin/gpg', 'project/bin/gpg']) {
      writeFileSync(join(root, path), '#!/bin/sh\n');
      chmodSync(join(root, path), 0o755);
    }
    symlinkSync(join(root, 'project/bin/gpg'), join(root, 'links/gpg'));
    symlinkSync(join(root, 'project'), join(root, 'way'));
    return root;
  }

  it('is never taken from a folder that somebody sent, by whatever way', async () => {
    const root = await tools();
    const PATH = ['links', 'way/bin', 'project/bin', 'bin'].map((one) => join(root, one)).join(':');
    for (const project of ['project', 'way'])
      expect(await findProgram('gpg', { PATH }, [join(root, project)])).toBe(join(root, 'bin/gpg'));
    expect(await findProgram('gpg', { PATH }, [])).toBe(join(root, 'links/gpg'));
  });

  it('is the user’s own where all of the home folder is open', async () => {
    const root = await tools();
    const PATH = join(root, 'bin');
    for (const home of [{ HOME: root }, { USERPROFILE: join(root, 'project') }])
      expect(await findProgram('gpg', { PATH, ...home }, [root])).toBe(join(root, 'bin/gpg'));
    expect(await findProgram('gpg', { PATH, HOME: '/elsewhere' }, [root])).toBeUndefined();
  });

  it('of a relative place, or none, is none', async () => {
    for (const environment of [{}, { PATH: '' }, { PATH: 'bin:.' }])
      expect(await findProgram('sh', environment, [])).toBeUndefined();
  });
});
