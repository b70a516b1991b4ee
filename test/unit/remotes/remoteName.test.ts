import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPartName, isRemoteName, partNameOf } from '../../../src/core/remotes/remoteName.ts';

test.each(['', '.', '..', '.x', 'a/b', 'a\\b', 'a\u0000', 'a\u007f', 'ä'.repeat(128)])(
  '%j is none',
  (name) => {
    expect(isRemoteName(name, 'linux')).toBe(false);
  },
);

test.each(['CON', 'nul.dump', 'a:b', 'a*', 'x.', 'x ', 'com1.tar'])('%j is none on Windows', (name) => {
  expect(isRemoteName(name, 'win32')).toBe(false);
  expect(isRemoteName(name, 'linux')).toBe(true);
});

test('a part has one name for one content, hidden and without a date', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (name, sha256) => {
      const part = partNameOf(name, sha256);
      expect(part).toBe(partNameOf(name, sha256));
      expect(isPartName(part)).toBe(true);
      expect(isRemoteName(part)).toBe(false);
    }),
  );
});
