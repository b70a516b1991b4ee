import { describe, expect, it } from 'vitest';
import type { MediaMember } from '../../../src/core/service.ts';
import { arrangeMembers, type MediaFolder } from '../../../src/editor/views/mediaTree.ts';

function member(path: string, size = 1, type: MediaMember['type'] = 'file'): MediaMember {
  return { storedPath: path, path, type, size, mtime: 0, mode: 0o644, linkTarget: undefined };
}

type Shape = (string | [string, Shape])[];

const shape = ({ folders, members }: MediaFolder): Shape => [
  ...folders.map((folder): [string, Shape] => [folder.name, shape(folder)]),
  ...members.map(({ path }) => path),
];

describe('arrangeMembers', () => {
  it('makes folders that the archive does not list, and keeps empty ones that it does', () => {
    const root = arrangeMembers([member('a/b/c.txt'), member('empty', 0, 'folder'), member('top.txt')]);
    expect(shape(root)).toEqual([['a', [['b', ['a/b/c.txt']]]], ['empty', []], 'top.txt']);
  });

  it('sums what is below, links without bytes', () => {
    const root = arrangeMembers([member('a/b/1', 10), member('a/2', 5), member('a/l', 3, 'symlink')]);
    expect(root).toMatchObject({ files: 3, bytes: 15 });
    expect(root.folders[0]).toMatchObject({ path: 'a', files: 3, bytes: 15 });
    expect(root.folders[0]?.folders[0]).toMatchObject({ path: 'a/b', files: 1, bytes: 10 });
  });

  it('sorts by name, numbers by their value', () => {
    const root = arrangeMembers([
      member('10.jpg'),
      member('9.jpg'),
      member('z/1'),
      member('é/1'),
      member('a/1'),
    ]);
    expect(root.members.map(({ path }) => path)).toEqual(['9.jpg', '10.jpg']);
    expect(root.folders.map(({ name }) => name)).toEqual(['a', 'é', 'z']);
  });

  it('arranges a hundred thousand files in a moment', () => {
    const many = Array.from({ length: 100_000 }, (_, n) => member(`f${n % 300}/g${n % 7}/${n}.jpg`));
    expect(arrangeMembers(many).files).toBe(100_000);
  });
});
