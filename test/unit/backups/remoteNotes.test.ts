import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  type CatalogueEntry,
  listEntries,
  readEntry,
  writeEntry,
} from '../../../src/core/backups/catalogue.ts';
import {
  contextOf,
  deleteFrom,
  listRemote,
  pullFrom,
  pushTo,
  withRemote,
} from '../../../src/core/backups/remoteCopies.ts';
import { createResources } from '../../../src/core/backups/resources.ts';
import { detectProject } from '../../../src/core/project/detect.ts';
import type { Remote } from '../../../src/core/remotes/remote.ts';
import { StoredRemote } from '../../../src/core/remotes/storedRemote.ts';
import type { ConfirmQuestion } from '../../../src/core/task.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const { signal } = new AbortController();
const file = 'default-host-2026-11-19-120000.dump.gpg';
const noon = '2026-11-19T12:00:00.000Z';

/** A folder with backups by their names, and a remote `nas` that is a folder too. */
async function house(here: string[] = [], there: string[] = [], alias = 'default') {
  const root = await scratchFolder();
  const [backups, nas] = [join(root, 'backups'), join(root, 'nas')];
  for (const folder of [backups, nas]) await mkdir(folder);
  await writeFile(join(root, 'db.sqlite3'), 'SQLite format 3\0');
  for (const name of here) await writeFile(join(backups, name), name);
  for (const name of there) await writeFile(join(nas, name), name);
  const environment = { DBBACKUP_HOME: join(root, 'home'), PATH: '' };
  const settings = {
    folder: 'backups',
    databases: [{ alias, path: 'db.sqlite3' }],
    remotes: [{ name: 'nas', type: 'folder', path: nas }],
  };
  const project = {
    ...(await detectProject({ folder: root, settings }, { environment, signal })),
    timeZone: 'UTC',
  };
  const resources = createResources(environment);
  const { home } = resources;
  const task = testTask();
  const on = <T>(work: (remote: Remote) => Promise<T>) => withRemote('nas', project, resources, task, work);
  return {
    root,
    backups,
    home,
    task,
    on,
    list: async () => (await on((remote) => listRemote(remote, project, task))).files,
    push: async (files?: string[]) =>
      (await on((remote) => pushTo(remote, files, project, resources, task))).files,
    pull: (name?: string) => on((remote) => pullFrom(remote, name, project, resources, task)),
    remove: (...files: string[]) => on((remote) => deleteFrom(remote, files, project, resources, task)),
    /** Notes that a file with this content lay in the backups folder, and where it was copied to when. */
    note: async (name: string, content: string, copies?: Record<string, string>) => {
      const sha256 = createHash('sha256').update(content).digest('hex');
      const path = join(backups, name);
      const noted = { sha256, bytes: content.length, path, mtimeMs: 1, facts: {} };
      const entry: CatalogueEntry = { ...noted, ...(copies ? { copies } : {}) };
      await writeEntry(home, entry);
      return { entry, now: () => readEntry(home, sha256) };
    },
  };
}

describe('a remote that is worked on', () => {
  it('is closed, however the work ends', async () => {
    const closed = vi.spyOn(StoredRemote.prototype, 'close');
    const { on } = await house();
    expect(await on(async () => 'done')).toBe('done');
    expect(closed).toHaveBeenCalledTimes(1);
    await expect(on(() => Promise.reject(new TypeError('odd')))).rejects.toThrow('odd');
    expect(closed).toHaveBeenCalledTimes(2);
    closed.mockRestore();
  });

  it('asks whether a host is trusted, of which no tables and no warnings are told', async () => {
    const { root } = await house();
    const asked: ConfirmQuestion[] = [];
    const task = testTask({ confirm: async (question) => asked.push(question) < 1 });
    const context = contextOf({ root } as never, createResources({ DBBACKUP_HOME: root }), task);
    const host = { remote: 'web', host: 'web1', keyType: 'ssh-ed25519', fingerprint: 'SHA256:x' };
    expect(await context.trustHost(host)).toBe(false);
    expect(asked).toEqual([
      {
        action: 'trust',
        target: 'web1, ssh-ed25519 SHA256:x',
        from: 'a host that is not known yet',
        host,
        tables: [],
        warnings: [],
      },
    ]);
  });
});

describe('what is told of a copy', () => {
  it('is its database, known by the aliases of the project, and that it is the same here', async () => {
    const name = 'my-shop-web-1-2026-11-19-120000.dump.gpg';
    const { list, backups } = await house([name], [name], 'my-shop');
    const copy = { file: name, kind: 'database', database: 'my-shop', encrypted: true, bytes: name.length };
    expect(await list()).toEqual([{ ...copy, date: noon, local: true }]);
    await writeFile(join(backups, name), 'other');
    expect(await list()).toEqual([{ ...copy, date: noon, local: true, differs: true }]);
    await rm(join(backups, name));
    expect(await list()).toEqual([{ ...copy, date: noon, local: false }]);
  });

  it('is the time of its own file where the name has none', async () => {
    const { push, backups, root } = await house([file, 'old.dump.gpg']);
    const time = new Date('2020-02-03T04:05:06Z');
    await utimes(join(backups, 'old.dump.gpg'), time, time);
    const dates = async (name: string) => (await push([name])).map(({ date, local }) => [date, local]);
    expect(await dates('old.dump.gpg')).toEqual([[time.toISOString(), true]]);
    expect(await dates(file)).toEqual([[noon, true]]);
    await writeFile(join(root, 'far.dump.gpg'), 'of another folder');
    expect(await dates(join(root, 'far.dump.gpg'))).toEqual([['1970-01-01T00:00:00.000Z', true]]);
  });

  it('is how far it is, by the name of its file, there and back', async () => {
    const { push, pull, task, backups } = await house([file]);
    const whole = { done: file.length, total: file.length, unit: 'bytes', item: file };
    await push();
    expect(task.progress).toContainEqual({ phase: 'copying', ...whole });
    expect(task.progress).toContainEqual({ phase: 'proving', ...whole });
    await rm(join(backups, file));
    task.progress.length = 0;
    await pull();
    expect(task.progress).toEqual([{ phase: 'copying', ...whole }]);
  });
});

describe('what is fetched', () => {
  // The file on the remote holds its own name.
  const other = 'what was there before';
  const earlier = '2026-11-19T13:00:00.000Z';
  const later = '2026-11-19T14:00:00.000Z';

  it.each<[string, [name: string, content: string, copies?: Record<string, string>][]]>([
    ['nothing that was noted', []],
    ['a note that is of no copy', [[file, other]]],
    ['a copy on another remote', [[file, other, { usb: later }]]],
    ['a copy of another file', [['x-2026-11-19-120000.dump', other, { nas: later }]]],
    [
      'an earlier copy of other content',
      [
        [file, other, { nas: earlier }],
        [file, file, { nas: later }],
      ],
    ],
    ['what was copied', [[file, file, { nas: later }]]],
  ])('may be anything but what was last copied there, beside %s', async (_what, notes) => {
    const { pull, note, backups } = await house([], [file]);
    for (const one of notes) await note(...one);
    expect((await pull(file)).path).toBe(join(backups, file));
    expect(await readFile(join(backups, file), 'utf8')).toBe(file);
  });

  // Notes are read in the order of their hashes: whichever comes first, the time decides.
  it.each([...'abcd'])(
    'has to be what was last copied there, not what was before that (%s)',
    async (letter) => {
      const { pull, note } = await house([], [file]);
      await note(file, file, { nas: earlier });
      await note(file, `another ${letter}`, { nas: later });
      await expect(pull(file)).rejects.toMatchObject({ code: 'damaged' });
    },
  );

  it.each([...'abcd'])(
    'is right as it was last copied there, whatever was before that (%s)',
    async (letter) => {
      const { pull, note, backups } = await house([], [file]);
      await note(file, `another ${letter}`, { nas: earlier });
      await note(file, file, { nas: later });
      expect((await pull(file)).path).toBe(join(backups, file));
    },
  );
});

describe('a copy that is deleted', () => {
  const date = '2026-11-19T13:00:00.000Z';
  const second = 'default-host-2026-11-18-120000.dump.gpg';

  it('is forgotten, and no other: not on another remote, nor of another file', async () => {
    const { remove, note } = await house([], [file, second]);
    const gone = await note(file, file, { nas: date, usb: date });
    const stays = await note(second, second, { nas: date });
    const elsewhere = await note(file, 'an earlier one', { usb: date });
    const nowhere = await note(file, 'one that was never copied');
    expect(await remove(file)).toEqual({ removed: [file] });
    expect(await gone.now()).toEqual({ ...gone.entry, copies: { usb: date } });
    for (const { entry, now } of [stays, elsewhere, nowhere]) expect(await now()).toEqual(entry);
  });

  it('is gone although its note was damaged meanwhile', async () => {
    const { remove, note, list, home } = await house([], [file]);
    const { entry, now } = await note(file, file, { nas: date });
    // The folder of notes is unchanged for so long that it is not listed anew.
    const old = new Date('2026-01-01T00:00:00Z');
    await utimes(join(home, 'catalogue'), old, old);
    expect(await listEntries(home)).toHaveLength(1);
    await writeFile(join(home, 'catalogue', `${entry.sha256}.json`), 'damaged');
    expect(await remove(file)).toEqual({ removed: [file] });
    expect(await list()).toEqual([]);
    expect(await now()).toBeUndefined();
  });
});
