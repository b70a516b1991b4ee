import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { findDatabases } from '../../../src/core/project/findDatabases.ts';
import { scratchFolder } from '../../support/scratch.ts';

const { signal } = new AbortController();
const image = 'SQLite format 3\0';

async function folderWith(files: Record<string, string>): Promise<string> {
  const root = await scratchFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
  return root;
}

test('databases are known by their first bytes, at most three folders down, and each has a name of its own', async () => {
  const root = await folderWith({
    'db.sqlite3': image,
    'db.sqlite3-wal': image,
    'a/db.txt': image,
    'a/b/c/deep.db': image,
    'a/b/c/d/deeper.db': image,
    'backups/old.db': image,
    'node_modules/x/other.db': image,
    'notes.db': 'no database',
    'empty.db': '',
  });
  await symlink('db.sqlite3', join(root, 'link.db'));
  const found = await findDatabases(root, join(root, 'backups'), signal);
  expect(found.map(({ alias, path }) => [alias, path.slice(root.length + 1)])).toEqual([
    ['deep', 'a/b/c/deep.db'],
    ['db', 'a/db.txt'],
    ['db2', 'db.sqlite3'],
  ]);
});

test('a search ends with its thousands of files, where nothing can be read, and when it is cancelled', async () => {
  const root = await scratchFolder();
  const names = Array.from({ length: 5000 }, (_, at) => join(root, String(at).padStart(5, '0')));
  for (const name of names) await symlink('nowhere', name);
  await writeFile(join(root, 'a.db'), image);
  expect(await findDatabases(root, '', signal)).toEqual([]);
  expect(await findDatabases(join(root, 'gone'), '', signal)).toEqual([]);
  await expect(findDatabases(root, '', AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
});
