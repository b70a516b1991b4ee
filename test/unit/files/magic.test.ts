import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { magicOf } from '../../../src/core/files/magic.ts';
import { tarOf } from '../../support/evilTar.ts';

test('the first bytes tell gzip, zip, SQLite and tar', async () => {
  const tar = await tarOf({ name: 'a', content: 'b' });
  expect(magicOf(tar)).toBe('tar');
  expect(magicOf(gzipSync(tar))).toBe('gzip');
  expect(magicOf(Buffer.from('PK\x03\x04rest'))).toBe('zip');
  expect(magicOf(Buffer.from('PK\x05\x06'))).toBe('zip');
  expect(magicOf(Buffer.from('SQLite format 3\0rest'))).toBe('sqlite');
});

test('a tar without a magic is known by its checksum, one without members by its zeros', async () => {
  const old = await tarOf({ name: 'a', content: 'b' });
  old.fill(0, 257, 512);
  expect(magicOf(old)).toBeUndefined();
  const sum = old
    .subarray(0, 512)
    .reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  old.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  expect(magicOf(old)).toBe('tar');
  expect(magicOf(Buffer.alloc(1024))).toBe('tar');
});

test('anything else is not known', () => {
  expect(magicOf(Buffer.alloc(0))).toBeUndefined();
  expect(magicOf(Buffer.from('BEGIN;\n'.repeat(100)))).toBeUndefined();
  expect(magicOf(Buffer.alloc(300))).toBeUndefined();
});
