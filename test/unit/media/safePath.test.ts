import { describe, expect, test } from 'vitest';
import { linkStaysInside, parentsOf, safePath, unstorable } from '../../../src/core/media/safePath.ts';

describe('a name that leaves the root is refused', () => {
  for (const name of [
    '../a',
    'a/../../b',
    'a/..',
    '..',
    '/a',
    '\\a',
    'C:\\a',
    'C:/a',
    '..\\a',
    'a\\..\\b',
    'a\0b',
    '\\\\host\\a',
  ]) {
    test(JSON.stringify(name), () => {
      expect(() => safePath(name, 'linux')).toThrow(expect.objectContaining({ code: 'bad-archive' }));
    });
  }

  for (const name of ['a\\b', 'C:a']) {
    test(`${name}, where it would on Windows alone`, () => {
      expect(() => safePath(name, 'win32')).toThrow(expect.objectContaining({ code: 'bad-archive' }));
      expect(safePath(name, 'linux')).toBe(name);
    });
  }
});

test.each([
  ['./a/./b//c', 'a/b/c'],
  ['a/', 'a'],
  ['./', ''],
  ['.', ''],
  ['...', '...'],
  ['..a/b..', '..a/b..'],
  ['.hidden', '.hidden'],
])('%s stands for %j', (name, path) => {
  expect(safePath(name)).toBe(path);
});

test.each([
  ['x'.repeat(255), undefined],
  ['x'.repeat(256), 'a part of its name is longer than 255 bytes'],
  ['é'.repeat(128), 'a part of its name is longer than 255 bytes'],
  [`${'x'.repeat(99)}/`.repeat(40), 'its path is too long'],
])('a name of a length the system cannot hold is told (%#)', (path, why) => {
  expect(unstorable(path, 'linux')).toBe(why);
});

test.each(['aux', 'Con.txt', 'a/nul/b', 'com1.log', 'a:b', 'what?', 'dot.', 'blank ', 'tab\tx'])(
  '%j cannot stand on Windows',
  (path) => {
    expect(unstorable(path, 'win32')).toBeTypeOf('string');
    expect(unstorable(path, 'linux')).toBeUndefined();
  },
);

test.each([
  ['a', 'b', true],
  ['a/b', '../c', true],
  ['a/b/c', '../../d/e', true],
  ['a/b', '..', true],
  ['a', '../b', false],
  ['a/b', '../../c', false],
  ['a', '/etc/passwd', false],
  ['a', 'C:\\x', false],
  ['a', '..\\x', false],
  ['a/b', 'c/../../../d', false],
  ['a', 'b/../c', false],
  ['a', '', false],
])('the link %s -> %s stays inside: %s', (path, target, stays) => {
  expect(linkStaysInside(path, target)).toBe(stays);
});

test('the folders above a path, the outermost first', () => {
  expect(parentsOf('a/b/c')).toEqual(['a', 'a/b']);
  expect(parentsOf('a')).toEqual([]);
});
