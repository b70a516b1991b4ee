import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { FolderTransport } from '../../../src/core/remotes/folder.ts';
import { noSignal } from '../../support/remotes.ts';
import { scratchFolder } from '../../support/scratch.ts';

/** What link() fails with, as on a drive that has no links. */
let linkFails: string | undefined;
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const link: typeof real.link = async (from, to) => {
    if (linkFails) throw Object.assign(new Error(linkFails), { code: linkFails });
    await real.link(from, to);
  };
  return { ...real, link };
});

async function drive() {
  const folder = await scratchFolder();
  writeFileSync(join(folder, 'part'), 'new');
  return { folder, transport: new FolderTransport(folder) };
}

test.each([undefined, 'EPERM', 'ENOTSUP', 'EMLINK'])(
  'a name that is taken is never replaced (%s)',
  async (code) => {
    linkFails = code;
    const { folder, transport } = await drive();
    await transport.rename('part', 'final');
    expect(readFileSync(join(folder, 'final'), 'utf8')).toBe('new');
    expect(readdirSync(folder)).toEqual(['final']);
    writeFileSync(join(folder, 'part'), 'newer');
    await expect(transport.rename('part', 'final')).rejects.toMatchObject({ code: 'target-exists' });
    expect(readFileSync(join(folder, 'final'), 'utf8')).toBe('new');
    expect(readFileSync(join(folder, 'part'), 'utf8')).toBe('newer');
  },
);

test('a drive that is gone meanwhile, or full, is told as that', async () => {
  const { folder, transport } = await drive();
  linkFails = 'ENOSPC';
  await expect(transport.rename('part', 'final')).rejects.toMatchObject({ code: 'disk-full' });
  linkFails = 'EPERM';
  rmSync(folder, { recursive: true });
  await expect(transport.rename('part', 'final')).rejects.toMatchObject({ code: 'no-such-file' });
  linkFails = undefined;
});

test('a folder that is not there, or is a file, is not made', async () => {
  const { folder } = await drive();
  const missing = { code: 'remote-failed', message: expect.stringContaining('is not there') };
  for (const path of ['nothing', 'part'])
    await expect(new FolderTransport(join(folder, path)).prepare()).rejects.toMatchObject(missing);
  await expect(new FolderTransport(join(folder, 'part/below')).prepare()).rejects.toThrow();
  await expect(new FolderTransport(join(folder, 'part')).find('x')).rejects.toThrow();
  expect(await new FolderTransport(join(folder, 'nothing')).free()).toBeUndefined();
  mkdirSync(join(folder, 'deep'));
  expect(await new FolderTransport(folder).find('deep')).toBeUndefined();
});

test('reads from a place on, and no more than asked for', async () => {
  const { transport } = await drive();
  const read = async (offset: number, length?: number) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of transport.read('part', offset, noSignal, length)) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  expect([await read(0), await read(1), await read(0, 2), await read(2, 9), await read(3)]).toEqual([
    'new',
    'ew',
    'ne',
    'w',
    '',
  ]);
});
