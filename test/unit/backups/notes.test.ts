import { copyFile, mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listEntries, noteBackup, readEntry } from '../../../src/core/backups/catalogue.ts';
import { listBackups } from '../../../src/core/backups/list.ts';
import { noteOnBackups, withNotes } from '../../../src/core/backups/notes.ts';
import { prune } from '../../../src/core/backups/prune.ts';
import { noteCopy } from '../../../src/core/backups/remoteCopies.ts';
import { createResources } from '../../../src/core/backups/resources.ts';
import { hashFile } from '../../../src/core/files/hashFile.ts';
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
  const nas = join(root, 'nas');
  await mkdir(nas);
  const remotes = [{ name: 'nas', type: 'folder', path: nas, retention: { keepLast: 2, monthly: 0 } }];
  const settings = { folder: 'backups', retention: { keepLast: 1, monthly: 0 }, remotes };
  const request = { folder: root, settings };
  const project = await detectProject(request, { environment, signal: new AbortController().signal });
  const resources = { ...createResources(environment), now: () => new Date('2026-11-23T00:00:00Z') };
  const note = (ask: Omit<Parameters<typeof noteOnBackups>[0], 'files'>, file = files[3] ?? '') =>
    noteOnBackups({ ...ask, files: [file] }, project, resources.home, testTask());
  const list = async () => withNotes(await listBackups(project), resources.home);
  return { backups, nas, project, resources, note, list };
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
  const plan = await prune({ dryRun: true }, project, resources, testTask());
  expect(plan.removed.map(({ file }) => file)).toEqual(files.slice(1, 3));
  expect(plan.kept).toContainEqual({ file: files[3], why: ['pinned'] });
});

test('of a remote, only what was copied there from here goes, by its own retention, and only what was chosen', async () => {
  const { backups, nas, project, resources, note } = await house();
  const agree = testTask({ confirm: async () => true });
  for (const file of files) await copyFile(join(backups, file), join(nas, file));
  const others = ['db-other-2020-01-01-120000.dump.gpg', 'letter.txt'];
  for (const file of others) await writeFile(join(nas, file), 'theirs');
  const ours = files.map((file) => join(backups, file));
  for (const path of ours) await noteCopy('nas', path, resources, testTask());
  await note({ pinned: true });
  await rm(ours[3] ?? '');
  const plan = await prune({ remote: 'nas', dryRun: true }, project, resources, testTask());
  expect(plan.removed.map(({ file }) => file)).toEqual([files[2]]);
  expect(plan.kept).toContainEqual({ file: others[0], why: ['not copied from here'] });
  await prune({ remote: 'nas', files: [] }, project, resources, agree);
  expect(await readdir(nas)).toHaveLength(6);
  await prune({ remote: 'nas' }, project, resources, agree);
  expect((await readdir(nas)).sort()).toEqual([files[0], files[1], files[3], ...others].sort());
});

test('what another program notes meanwhile is seen, and the tables of an entry survive its changes', async () => {
  const { backups, resources, note, list } = await house();
  const path = join(backups, files[3] ?? '');
  const { home } = resources;
  const written = { path, ...(await hashFile(path, new AbortController().signal)) };
  await noteBackup(home, written, { tables: [{ name: 'a', rows: 1 }] });
  const folder = join(home, 'catalogue');
  const longAgo = new Date(Date.now() - 60_000);
  await utimes(folder, longAgo, longAgo);
  expect((await list())[3]).not.toHaveProperty('label');
  await note({ label: 'mine' });
  expect((await list())[3]).toMatchObject({ label: 'mine' });
  expect(await readEntry(home, written.sha256)).toMatchObject({
    facts: { tables: [{ name: 'a', rows: 1 }] },
  });
});
