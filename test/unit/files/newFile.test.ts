import { createHash } from 'node:crypto';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../src/core/errors.ts';
import { hashFile } from '../../../src/core/files/hashFile.ts';
import { sweepParts, writeNewFile } from '../../../src/core/files/newFile.ts';
import { streamOf } from '../../support/bytes.ts';
import { scratchFolder } from '../../support/scratch.ts';

const never = new AbortController().signal;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('writeNewFile', () => {
  it('writes the stream with mode 0600 and says its size and hash', async () => {
    const folder = await scratchFolder();
    const written = await writeNewFile(
      join(folder, 'new', 'deep'),
      () => 'a.txt',
      streamOf('one ', 'two'),
      never,
    );
    expect(written).toEqual({
      path: join(folder, 'new', 'deep', 'a.txt'),
      bytes: 7,
      sha256: sha256('one two'),
    });
    expect((await stat(written.path)).mode & 0o777).toBe(0o600);
    expect(await hashFile(written.path, never)).toEqual({ bytes: 7, sha256: sha256('one two') });
  });

  it('never replaces a file: it asks for the next name', async () => {
    const folder = await scratchFolder();
    await writeFile(join(folder, 'a0'), 'mine');
    await writeFile(join(folder, 'a1'), 'mine too');
    const written = await writeNewFile(folder, (attempt) => `a${attempt}`, streamOf('x'), never);
    expect(written.path).toBe(join(folder, 'a2'));
    expect(await readFile(join(folder, 'a0'), 'utf8')).toBe('mine');
    expect(await readFile(join(folder, 'a1'), 'utf8')).toBe('mine too');
  });

  it('says EEXIST when there is no other name, and leaves nothing behind', async () => {
    const folder = await scratchFolder();
    await writeFile(join(folder, 'a'), 'mine');
    const writing = writeNewFile(
      folder,
      (attempt) => (attempt === 0 ? 'a' : undefined),
      streamOf('x'),
      never,
    );
    await expect(writing).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('leaves nothing when the stream fails or the work is cancelled', async () => {
    const folder = await scratchFolder();
    async function* failing() {
      yield Buffer.from('half');
      throw new BackupError('damaged', 'cut off');
    }
    await expect(writeNewFile(folder, () => 'a', failing(), never)).rejects.toMatchObject({
      code: 'damaged',
    });
    const controller = new AbortController();
    async function* cancelling() {
      yield Buffer.from('half');
      controller.abort();
      yield Buffer.from('rest');
    }
    const cancelled = writeNewFile(folder, () => 'a', cancelling(), controller.signal);
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    expect(await readdir(folder)).toEqual([]);
  });
});

it('a file where the folder should be is no folder, and not the file that is to be written', async () => {
  const folder = await scratchFolder();
  await writeFile(join(folder, 'file'), 'mine');
  for (const at of ['file', 'file/below'])
    await expect(writeNewFile(join(folder, at), () => 'a', streamOf('x'), never)).rejects.toMatchObject({
      code: 'no-such-file',
    });
  expect(await readFile(join(folder, 'file'), 'utf8')).toBe('mine');
});

describe('sweepParts', () => {
  it('removes what a dead process of this machine left, and nothing else', async () => {
    const folder = await scratchFolder();
    const here = hostname().replace(/[^A-Za-z0-9.]/g, '_');
    const dead = `.dbbackup-${here}-4194305-00ff.part`;
    const running = `.dbbackup-${here}-${process.pid}-00ff.part`;
    const elsewhere = '.dbbackup-elsewhere-4194305-00ff.part';
    for (const name of [dead, running, elsewhere, 'a.dump.gpg', '.dbbackup.part'])
      await writeFile(join(folder, name), '');
    expect(await sweepParts(folder)).toEqual([join(folder, dead)]);
    expect((await readdir(folder)).sort()).toEqual(
      [running, elsewhere, '.dbbackup.part', 'a.dump.gpg'].sort(),
    );
  });
});
