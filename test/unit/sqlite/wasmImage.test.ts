import { mkdir, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { hasHotJournal, readLiveImage, readPrivateImage } from '../../../src/core/sqlite/wasmImage.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const task = testTask();

/** A database file that nobody has written to for a while. @param fill makes it what it is */
async function settled(fill: (path: string) => Promise<void> | void): Promise<string> {
  const path = join(await scratchFolder(), 'db.sqlite3');
  await fill(path);
  const before = Date.now() / 1000 - 60;
  await utimes(path, before, before);
  return path;
}

function made(path: string): void {
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE a (b); INSERT INTO a VALUES (1)');
  database.close();
}

test('an empty file is an empty database', async () => {
  const path = await settled((file) => writeFile(file, ''));
  expect(await readLiveImage(path, task, 1000)).toHaveLength(0);
  expect(await readPrivateImage(path, task.signal)).toHaveLength(0);
});

test('what is not there, or lies below a file, is told as that', async () => {
  const folder = await scratchFolder();
  const gone = join(folder, 'gone.sqlite3');
  await expect(readLiveImage(gone, task, 0)).rejects.toMatchObject({ code: 'database-vanished' });
  await expect(readPrivateImage(gone, task.signal)).rejects.toMatchObject({ code: 'database-vanished' });
  await writeFile(join(folder, 'file'), 'x');
  await expect(readPrivateImage(join(folder, 'file', 'x'), task.signal)).rejects.toMatchObject({
    code: 'no-such-file',
  });
  await mkdir(join(folder, 'folder'));
  await expect(readPrivateImage(join(folder, 'folder'), task.signal)).rejects.toThrow();
});

test('a file that was written to just now is read again once it stands still', async () => {
  const path = await settled(made);
  const now = new Date();
  await utimes(path, now, now);
  const image = await readLiveImage(path, task, 5000);
  expect(Buffer.from(image).toString('latin1', 0, 15)).toBe('SQLite format 3');
});

test('a transaction that was left open beside it is no moment to read', async () => {
  const path = await settled(made);
  expect(await hasHotJournal(path)).toBe(false);
  await writeFile(`${path}-journal`, Buffer.from('d9d505f920a163d7', 'hex'));
  expect(await hasHotJournal(path)).toBe(true);
  await expect(readLiveImage(path, task, 50)).rejects.toMatchObject({
    code: 'engine-cannot',
    message: expect.stringContaining(`${path}-journal`),
  });
});

test('a log with pages of another size is of another database', async () => {
  const other = join(await scratchFolder(), 'other.sqlite3');
  const database = new DatabaseSync(other);
  database.exec('PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; CREATE TABLE a (b)');
  const { readFile } = await import('node:fs/promises');
  const log = await readFile(`${other}-wal`);
  database.close();
  const path = await settled(made);
  await writeFile(`${path}-wal`, log);
  await expect(readLiveImage(path, task, 0)).rejects.toMatchObject({
    code: 'database-corrupt',
    message: expect.stringContaining('belongs to another database'),
  });
});

/** Some systems promise more memory than there is. */
function isPromised(bytes: number): boolean {
  try {
    return new Uint8Array(bytes).length === bytes;
  } catch {
    return false;
  }
}

test.skipIf(isPromised(2 ** 43))('what memory cannot hold is told as that, with its size', async () => {
  const path = join(await scratchFolder(), 'huge.sqlite3');
  await writeFile(path, '');
  await truncate(path, 2 ** 43);
  await expect(readPrivateImage(path, AbortSignal.abort())).rejects.toMatchObject({
    code: 'engine-cannot',
    message: expect.stringContaining(`${2 ** 43} bytes`),
  });
});
