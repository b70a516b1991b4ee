import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openBackup } from '../../../src/core/backups/content.ts';
import { BackupError } from '../../../src/core/errors.ts';
import type { SessionKeySource } from '../../../src/core/openpgp/types.ts';
import type { Bytes } from '../../../src/core/task.ts';
import { scratchFolder } from '../../support/scratch.ts';

const noKeys: SessionKeySource = async () => {
  throw new BackupError('no-secret-key', 'No secret key.');
};
const signal = new AbortController().signal;
const dump = Buffer.from('CREATE TABLE t(x);\n'.repeat(200));
/** A head that asks for a session key: tag 1, version 3, then data of tag 18. */
const message = Buffer.concat([
  Buffer.from([0xc1, 13, 3]),
  Buffer.alloc(12, 1),
  Buffer.from([0xd2, 100, 1]),
  Buffer.alloc(99),
]);

/** Descriptors that this process holds on a file; a stream in between may take a moment to let go. */
async function openDescriptors(path: string): Promise<number> {
  for (let tries = 0; ; tries++) {
    const held = readdirSync('/proc/self/fd').filter((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`) === path;
      } catch {
        return false;
      }
    });
    if (held.length === 0 || tries === 20) return held.length;
    await delay(20);
  }
}

async function read(bytes: Bytes, chunks: number): Promise<void> {
  const iterator = bytes[Symbol.asyncIterator]();
  for (let count = 0; count < chunks; count++) if ((await iterator.next()).done) return;
  await iterator.return?.();
}

describe.skipIf(process.platform !== 'linux')('a backup that is opened lets go of its file', () => {
  it.each([
    ['a.dump.gpg', dump, 'not-openpgp'],
    ['a.dump.gz.gpg', gzipSync(dump), 'not-openpgp'],
    ['a.dump.gpg', message, 'no-secret-key'],
    ['a.dump.gpg', message.subarray(0, 8), 'damaged'],
    ['a.dump.gz', gzipSync(dump).subarray(0, 20), 'damaged'],
    ['a.dump.gz', gzipSync(gzipSync(gzipSync(gzipSync(gzipSync(dump))))), 'over-limit'],
  ])('%s, refused (%#)', async (name, bytes, code) => {
    const path = join(await scratchFolder(), name);
    writeFileSync(path, bytes);
    await expect(openBackup(path, { signal, sessionKeys: noKeys })).rejects.toMatchObject({ code });
    expect(await openDescriptors(path)).toBe(0);
  });

  it.each([
    ['a.dump', dump],
    ['a.dump.gz', gzipSync(dump)],
  ])('%s, read to its end, in part, or not at all', async (name, bytes) => {
    const path = join(await scratchFolder(), name);
    writeFileSync(path, bytes);
    for (const chunks of [Infinity, 1, 0]) {
      const opened = await openBackup(path, { signal, sessionKeys: noKeys });
      await read(opened.bytes, chunks);
      expect(await openDescriptors(path)).toBe(0);
    }
  });
});
