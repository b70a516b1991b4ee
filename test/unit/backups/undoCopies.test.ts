import { existsSync, readFileSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { commitMark } from '../../../src/core/backups/commitMark.ts';
import { allCopies, settleUndo, undoCopies } from '../../../src/core/backups/settleUndo.ts';
import {
  dropUndo,
  evictUndo,
  type KeptUndo,
  keepDatabase,
  linkUndo,
  listUndo,
  noteUndo,
} from '../../../src/core/backups/undo.ts';
import { startMediaUndo } from '../../../src/core/backups/undoMedia.ts';
import { BackupError } from '../../../src/core/errors.ts';
import { change } from '../../support/project.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { serviceProject, withEngine } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const now = new Date('2026-11-23T12:00:00Z');
const dayMs = 86_400_000;
const target = '/srv/app/db.sqlite3';
const yes = testTask({ confirm: async () => true });

/** Copies of so many days ago and so many gigabytes, with nothing in them. */
async function home(...copies: { daysAgo: number; giga?: number; of?: string }[]): Promise<string> {
  const folder = await scratchFolder();
  for (const [index, { daysAgo, giga = 0, of = target }] of copies.entries()) {
    const date = new Date(now.getTime() - daysAgo * dayMs).toISOString();
    const kept: KeptUndo = {
      id: `copy-${index}`,
      target: of,
      kind: 'database',
      date,
      before: 'x.dump',
      bytes: giga * 1e9,
      copy: null,
      sha256: null,
      pending: false,
    };
    await mkdir(join(folder, 'undo', kept.id), { recursive: true });
    await noteUndo(join(folder, 'undo', kept.id), kept);
  }
  return folder;
}

async function left(folder: string, of = target): Promise<string[]> {
  await evictUndo(folder, of, now);
  return (await readdir(join(folder, 'undo'))).sort();
}

describe('undo copies', () => {
  it('are the last five of each database', async () => {
    const folder = await home(
      ...[0, 1, 2, 3, 4, 5, 6].map((hour) => ({ daysAgo: hour / 24 })),
      ...[0, 1, 2].map((hour) => ({ daysAgo: hour / 24, of: '/srv/other.sqlite3' })),
    );
    expect(await left(folder)).toEqual([0, 1, 2, 3, 4, 7, 8, 9].map((index) => `copy-${index}`));
  });

  it('stay for seven days, the newest for good', async () => {
    expect(await left(await home({ daysAgo: 0.1 }, { daysAgo: 7 }, { daysAgo: 7.001 }))).toEqual([
      'copy-0',
      'copy-1',
    ]);
    expect(await left(await home({ daysAgo: 400 }, { daysAgo: 401 }))).toEqual(['copy-0']);
  });

  it('are 10 GB in all, and the newest has room whatever its size', async () => {
    const days = (...giga: number[]) => giga.map((each, index) => ({ daysAgo: index / 10, giga: each }));
    expect(await left(await home(...days(4, 6, 0.1)))).toEqual(['copy-0', 'copy-1']);
    expect(await left(await home(...days(40, 0.1)))).toEqual(['copy-0']);
  });

  it('are not counted while their restore is at work', async () => {
    const folder = await home(...[0, 1, 2, 3, 4, 5].map((hour) => ({ daysAgo: hour / 24 })));
    const path = join(folder, 'undo', 'copy-0', 'undo.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"pending":false', '"pending":true'));
    expect(await left(folder)).toHaveLength(6);
    expect(await listUndo(folder, [target], 'pending')).toMatchObject([{ id: 'copy-0' }]);
  });

  it('of one restore know each other; one alone knows none', async () => {
    const folder = await home({ daysAgo: 0 }, { daysAgo: 1 }, { daysAgo: 2 });
    await linkUndo(folder, ['copy-0']);
    await linkUndo(folder, ['copy-0', 'copy-2']);
    expect((await listUndo(folder)).map((kept) => kept.with)).toEqual([['copy-2'], undefined, ['copy-0']]);
  });

  it('whose note is not whole are none', async () => {
    const folder = await home({ daysAgo: 0 }, { daysAgo: 1 });
    writeFileSync(join(folder, 'undo', 'copy-0', 'undo.json'), '{"id":');
    expect(await listUndo(folder)).toMatchObject([{ id: 'copy-1' }]);
    expect(await listUndo(join(folder, 'nowhere'))).toEqual([]);
  });
});

describe('the copy of a restore', () => {
  it('is private, and noted with its size and hash', async () => {
    const { database, resources, home: house } = await serviceProject({ key: false });
    const kept = await keepDatabase(database, 'x.dump', resources, yes);
    expect(kept).toMatchObject({ target: database, before: 'x.dump', pending: true });
    expect(kept.bytes).toBe(statSync(kept.copy ?? '').size);
    expect(kept.sha256).toMatch(/^[0-9a-f]{64}$/);
    for (const [path, mode] of [
      [join(house, 'undo'), 0o700],
      [join(house, 'undo', kept.id), 0o700],
      [kept.copy ?? '', 0o600],
      [join(house, 'undo', kept.id, 'undo.json'), 0o600],
    ] as const)
      expect([path, statSync(path).mode & 0o777]).toEqual([path, mode]);
  });

  it('has a name only once it is whole: what a process that was killed left of one is swept', async () => {
    const { home: own, database, resources } = await serviceProject({ key: false });
    const here = hostname().replace(/[^A-Za-z0-9.]/g, '_');
    const left = join(own, 'undo', `.dbbackup-${here}-4194305-00ff.part`);
    await mkdir(left, { recursive: true });
    writeFileSync(join(left, 'database.sqlite3'), 'plaintext');
    writeFileSync(join(left, 'undo.json'), JSON.stringify({ target: database, date: '', pending: false }));
    expect(await listUndo(own)).toEqual([]);
    const kept = await keepDatabase(database, 'x.dump', resources, yes);
    expect(await readdir(join(own, 'undo'))).toEqual([kept.id]);
    const torn = withEngine(resources, {
      copyOut: async (_live, copy) => {
        expect(basename(dirname(copy))).toMatch(/^\.dbbackup-.*\.part$/);
        writeFileSync(copy, 'half');
        throw new BackupError('database-corrupt', 'no');
      },
    });
    await expect(keepDatabase(database, 'x.dump', torn, yes)).rejects.toMatchObject({
      code: 'database-corrupt',
    });
    expect(await readdir(join(own, 'undo'))).toEqual([kept.id]);
  });

  it('loses its name before it goes', async () => {
    const { home: own, database, resources } = await serviceProject({ key: false });
    const kept = await keepDatabase(database, 'x.dump', resources, yes);
    const seen: string[] = [];
    const watching = watch(join(own, 'undo'), (_event, name) => seen.push(String(name)));
    try {
      await dropUndo(own, kept.id);
      await vi.waitFor(() => expect(seen.some((name) => name.endsWith('.part'))).toBe(true));
    } finally {
      watching.close();
    }
    expect(await readdir(join(own, 'undo'))).toEqual([]);
    await dropUndo(own, kept.id);
  });

  it('that was changed since is not put back', async () => {
    const { service, database, project, home: house } = await serviceProject();
    await service.backup({ project: project(), what: 'database' }, yes);
    change(database, "UPDATE note SET body = 'live'");
    const { undo } = await service.restore({ project: project(), what: 'database' }, yes);
    const copy = join(house, 'undo', undo ?? '', 'database.sqlite3');
    const bytes = readFileSync(copy);
    const live = readFileSync(database);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(copy, bytes);
    await expect(service.undo({ project: project() }, yes)).rejects.toMatchObject({ code: 'damaged' });
    rmSync(copy);
    await expect(service.undo({ project: project() }, yes)).rejects.toMatchObject({ code: 'damaged' });
    expect(readFileSync(database).equals(live)).toBe(true);
  });

  it('that cannot be kept stops it, with the way to do without', async () => {
    const { resources, database, home: house } = await serviceProject({ key: false });
    await mkdir(house, { recursive: true });
    writeFileSync(join(house, 'undo'), 'in the way');
    await expect(keepDatabase(database, 'x', resources, yes)).rejects.toMatchObject({
      code: 'undo-impossible',
      hint: expect.stringContaining('--no-undo'),
    });
    rmSync(join(house, 'undo'));
    for (const [cause, code] of [
      [new BackupError('folder-not-writable', 'No.'), 'undo-impossible'],
      [new Error('odd'), 'undo-impossible'],
      [new BackupError('disk-full', 'Full.'), 'disk-full'],
    ] as const) {
      const failing = withEngine(resources, { copyOut: () => Promise.reject(cause) });
      await expect(keepDatabase(database, 'x', failing, yes)).rejects.toMatchObject({ code });
      expect(await readdir(join(house, 'undo'))).toEqual([]);
    }
  });
});

describe('after a crash', () => {
  /** A copy whose restore was killed, before its commit or after it. */
  async function killed(committed: boolean) {
    const project = await serviceProject({ key: false });
    const { database, resources } = project;
    const kept = await keepDatabase(database, 'x.dump', resources, yes);
    // What a commit does: it raises the schema's version.
    if (committed) change(database, 'CREATE TABLE more(x)');
    return { ...project, kept };
  }

  it('a copy whose restore was committed can be taken back, and is settled by the next run', async () => {
    const { database, resources, home: house, kept } = await killed(true);
    expect(await undoCopies([database], resources, yes)).toMatchObject([{ id: kept.id, pending: false }]);
    expect(await listUndo(house, [database])).toEqual([]);
    await settleUndo(database, resources, yes);
    const [settled] = await listUndo(house, [database]);
    expect(settled).toMatchObject({ id: kept.id, pending: false });
    expect(settled).not.toHaveProperty('awaited');
  });

  it('a copy whose restore was not is nothing to take back, and goes with the next run', async () => {
    const { database, resources, home: house, kept } = await killed(false);
    expect(await undoCopies([database], resources, yes)).toEqual([]);
    expect(await allCopies([database], house)).toMatchObject([{ id: kept.id }]);
    await settleUndo(database, resources, yes);
    expect(existsSync(join(house, 'undo', kept.id))).toBe(false);
  });

  it('a copy that does not tell what it waits for is not trusted', async () => {
    const { database, resources, home: house, kept } = await killed(true);
    const { awaited: _, ...without } = kept;
    await noteUndo(join(house, 'undo', kept.id), without);
    expect(await undoCopies([database], resources, yes)).toEqual([]);
  });

  it('a copy whose restore was committed stands among the others by its date', async () => {
    const { database, resources, home: house, kept } = await killed(true);
    const { awaited: _, ...copy } = kept;
    for (const [id, date] of [
      ['older', '2000-01-01T00:00:00.000Z'],
      ['newer', '2100-01-01T00:00:00.000Z'],
    ] as const) {
      await mkdir(join(house, 'undo', id));
      await noteUndo(join(house, 'undo', id), { ...copy, id, date, pending: false });
    }
    const copies = await undoCopies([database], resources, yes);
    expect(copies.map(({ id }) => id)).toEqual(['newer', kept.id, 'older']);
  });

  it('files that were moved together with a database are none of its copies, nor plaintext that is purged', async () => {
    const { database, media, resources, home: house, kept } = await killed(true);
    const awaited = { database, mark: 'as it was' };
    const files = await startMediaUndo(media, 'x.tar', resources, awaited);
    const targets = [database, media];
    expect((await listUndo(house, targets, 'pending')).map(({ id }) => id).sort()).toEqual(
      [kept.id, files.id].sort(),
    );
    expect((await undoCopies(targets, resources, yes)).map(({ id }) => id)).toEqual([kept.id]);
    expect((await allCopies(targets, house)).map(({ id }) => id)).toEqual([kept.id]);
  });

  it('all that is plaintext is purged, the unfinished too, and only when confirmed', async () => {
    const { service, project, home: house } = await killed(false);
    const ask = { project: project() };
    await expect(service.purgeUndo(ask, testTask())).rejects.toMatchObject({ code: 'not-confirmed' });
    const asked: string[] = [];
    const task = testTask({
      confirm: async ({ target: what }) => {
        asked.push(what);
        return true;
      },
    });
    expect((await service.purgeUndo(ask, task)).removed).toHaveLength(1);
    expect(asked).toEqual(['1 undo copy']);
    expect(await service.purgeUndo(ask, testTask())).toEqual({ removed: [] });
    expect(await readdir(join(house, 'undo'))).toEqual([]);
  });
});

describe('the mark of a database', () => {
  it('moves with its schema and its file, not with its rows', async () => {
    const { database, resources, root } = await serviceProject({ key: false });
    const mark = () => commitMark(database, resources, yes);
    const first = await mark();
    change(database, 'DELETE FROM note');
    expect(await mark()).toBe(first);
    change(database, 'CREATE TABLE more(x)');
    expect(await mark()).not.toBe(first);
    writeFileSync(database, Buffer.alloc(2000, 0x41));
    expect(await mark()).toBe('corrupt');
    writeFileSync(database, '');
    expect(await mark()).toBe('no database');
    expect(await commitMark(join(root, 'gone'), resources, yes)).toBe('no database');
  });
});
