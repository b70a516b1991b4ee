import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { canMount } from '../../support/canMount.ts';
import { recipient, testProject } from '../../support/project.ts';
import { hashFolder } from '../../tools/content.ts';

/** A project whose media root lies on a disk of its own, of 3 MB, with 2.4 MB in it and a backup of that. */
async function onOwnDisk() {
  const project = await testProject();
  const disk = join(project.folder, '../disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]);
  onTestFinished(() => void execFileSync('umount', [disk]));
  const media = join(disk, 'upload');
  mkdirSync(join(media, 'a'), { recursive: true });
  writeFileSync(join(media, 'a/one.bin'), Buffer.alloc(1_200_000, 1));
  writeFileSync(join(media, 'two.bin'), Buffer.alloc(1_200_000, 2));
  mkdirSync(join(project.folder, '.vscode'));
  const settings = JSON.stringify({ 'dbbackup.mediaRoot': '../disk/upload' });
  writeFileSync(join(project.folder, '.vscode/settings.json'), settings);
  const cli = (...args: string[]) => project.cli(...args, '--trust', '--yes', '--json');
  const made = await cli('backup', '--media', '-r', recipient);
  expect(made.exit, made.stderr).toBe(0);
  writeFileSync(join(media, 'two.bin'), 'changed');
  const leftovers = () => [
    ...readdirSync(disk).filter((name) => name !== 'upload'),
    ...['work', 'undo'].flatMap((name) => filesIn(join(project.home, name))),
  ];
  return { cli, disk, media, leftovers };
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

describe.skipIf(!canMount())('a disk of media files', () => {
  it('that is full is named before the live folder is touched', async () => {
    const { cli, media, leftovers } = await onOwnDisk();
    const before = await hashFolder(media);
    const run = await cli('restore', '--media');
    expect(run.json.error, run.stderr).toMatchObject({ code: 'disk-full' });
    expect(run.exit).toBe(1);
    expect(await hashFolder(media)).toBe(before);
    expect(leftovers()).toEqual([]);
  });

  it('that is read-only likewise, and nothing is left to be taken back', async () => {
    const { cli, disk, media, leftovers } = await onOwnDisk();
    const before = await hashFolder(media);
    execFileSync('mount', ['-o', 'remount,ro', disk]);
    const run = await cli('restore', '--media');
    expect(run.json.error, run.stderr).toMatchObject({ code: 'folder-not-writable' });
    expect(run.json.error.message).toContain(media);
    expect(run.exit).toBe(1);
    expect(await hashFolder(media)).toBe(before);
    execFileSync('mount', ['-o', 'remount,rw', disk]);
    expect(leftovers()).toEqual([]);
    execFileSync('mount', ['-o', 'remount,size=8m', disk]);
    const again = await cli('restore', '--media');
    expect(again.exit, again.stderr).toBe(0);
    expect(readFileSync(join(media, 'two.bin'))).toEqual(Buffer.alloc(1_200_000, 2));
  });
});
