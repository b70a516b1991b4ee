import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listEntries } from '../../../src/core/backups/catalogue.ts';
import { listBackups } from '../../../src/core/backups/list.ts';
import { noteOnBackups, withNotes } from '../../../src/core/backups/notes.ts';
import { prune } from '../../../src/core/backups/prune.ts';
import { createResources } from '../../../src/core/backups/resources.ts';
import { detectProject } from '../../../src/core/project/detect.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const files = [22, 21, 20, 19].map((day) => `db-host-2026-11-${day}-120000.dump.gpg`);

async function house() {
  const root = await scratchFolder();
  const backups = join(root, 'backups');
  await mkdir(backups);
  await writeFile(join(root, 'db.sqlite3'), 'SQLite format 3\0');
  for (const file of files) await writeFile(join(backups, file), file);
  const environment = { DBBACKUP_HOME: join(root, 'home'), PATH: '' };
  const settings = { folder: 'backups', retention: { keepLast: 1, monthly: 0 } };
  const request = { folder: root, settings };
  const project = await detectProject(request, { environment, signal: new AbortController().signal });
  const resources = { ...createResources(environment), now: () => new Date('2026-11-23T00:00:00Z') };
  const note = (ask: Omit<Parameters<typeof noteOnBackups>[0], 'files'>, file = files[3] ?? '') =>
    noteOnBackups({ ...ask, files: [file] }, project, resources.home, testTask());
  const list = async () => withNotes(await listBackups(project), resources.home);
  return { backups, project, resources, note, list };
}

test('a label, a note and a pin stay where another changes, and go when they are emptied', async () => {
  const { note, list } = await house();
  await note({ label: ' before the\nmigration ' });
  await note({ note: 'two\nlines' });
  await note({ pinned: true });
  expect((await list())[3]).toMatchObject({
    label: 'before the migration',
    note: 'two\nlines',
    pinned: true,
  });
  await note({ label: '', pinned: false });
  const [, , , last] = await list();
  expect(last).toMatchObject({ note: 'two\nlines' });
  expect(last).not.toHaveProperty('label');
  expect(last).not.toHaveProperty('pinned');
});

test('they belong to the content: another file under the name has none', async () => {
  const { note, list, backups } = await house();
  await note({ label: 'mine' });
  await writeFile(join(backups, files[3] ?? ''), 'quite another content');
  expect((await list())[3]).not.toHaveProperty('label');
});

test('what is too long, or no backup of this project, changes nothing', async () => {
  const { note, resources } = await house();
  await expect(note({ label: 'x'.repeat(101) })).rejects.toMatchObject({ code: 'usage' });
  await expect(note({ label: 'x' }, '../db.sqlite3')).rejects.toMatchObject({ code: 'no-such-file' });
  expect(await listEntries(resources.home)).toEqual([]);
});

test('a pinned backup is never pruned', async () => {
  const { note, project, resources } = await house();
  await note({ pinned: true });
  const plan = await prune(true, project, resources, testTask());
  expect(plan.removed.map(({ file }) => file)).toEqual(files.slice(1, 3));
  expect(plan.kept).toContainEqual({ file: files[3], why: ['pinned'] });
});
