import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEntry } from '../../../src/core/backups/catalogue.ts';
import { backUpDatabase } from '../../../src/core/backups/createDatabase.ts';
import type { WrapExtension } from '../../../src/core/backups/name.ts';
import { decideWrapping } from '../../../src/core/backups/wrapping.ts';
import { serviceProject } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

/** A project whose clock stands still, and a backup of its database. */
async function backingUp({ key = false, alias = 'default' } = {}) {
  const made = await serviceProject({ key, settings: { databases: [{ alias, path: 'db.sqlite3' }] } });
  const resources = { ...made.resources, now: () => new Date('2026-11-22T23:49:28.000Z') };
  const backUp = async (format: 'dump' | 'snapshot', wraps: WrapExtension[] = []) => {
    const task = testTask();
    const project = await made.detected();
    const [database] = project.databases;
    if (!database) throw new Error('no database');
    const wrapping = await decideWrapping({ encrypt: key }, project, { compressed: false }, resources, task);
    const destination = { folder: project.backupsFolder, nameFor: () => 'made' };
    const { made: backup, warnings } = await backUpDatabase(
      database,
      project,
      format,
      { ...wrapping, wraps },
      destination,
      resources,
      task,
    );
    return { backup, warnings, task, project, entry: await readEntry(made.home, backup.sha256) };
  };
  return { ...made, backUp };
}

describe('a backup of a database', () => {
  it.each(['dump', 'snapshot'] as const)('tells what went into it, and nothing else (%s)', async (format) => {
    const { backUp, folder } = await backingUp();
    const { backup, warnings } = await backUp(format);
    expect(backup).toEqual({
      file: 'made',
      path: join(folder, 'backups', 'made'),
      bytes: expect.any(Number),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      encrypted: false,
      tables: 2,
      rows: 5,
    });
    expect(warnings).toEqual([]);
  });

  it.each<[WrapExtension[], boolean]>([
    [['gpg'], true],
    [['asc'], true],
    [['gz', 'gpg'], true],
    [['gz'], false],
  ])('that is wrapped as %s is encrypted: %s', async (wraps, encrypted) => {
    const { backUp } = await backingUp({ key: encrypted });
    expect((await backUp('dump', wraps)).backup.encrypted).toBe(encrypted);
  });

  const commit = '0123456789abcdef0123456789abcdef01234567';
  it.each<[string, string | undefined, string | undefined, object]>([
    ['no repository', undefined, undefined, {}],
    ['a branch', 'ref: refs/heads/main', commit, { commit, branch: 'main' }],
    ['a branch without a commit', 'ref: refs/heads/main', undefined, { branch: 'main' }],
    ['a commit that is on no branch', commit, undefined, { commit }],
  ])('is noted with where, when and of what it was made: in %s', async (_, head, tip, state) => {
    const { backUp, folder } = await backingUp({ alias: 'shop' });
    if (head !== undefined) {
      await mkdir(join(folder, '.git', 'refs', 'heads'), { recursive: true });
      await writeFile(join(folder, '.git', 'HEAD'), `${head}\n`);
      if (tip !== undefined) await writeFile(join(folder, '.git', 'refs', 'heads', 'main'), `${tip}\n`);
    }
    const { entry, project, backup } = await backUp('dump');
    expect(entry).toMatchObject({ path: backup.path, bytes: backup.bytes });
    expect(entry?.facts).toEqual({
      alias: 'shop',
      host: project.hostname,
      date: '2026-11-22T23:49:28.000Z',
      ...state,
      tables: [
        { name: 'author', rows: 2 },
        { name: 'note', rows: 3 },
      ],
    });
  });

  it('that is a snapshot tells how much of it is written', async () => {
    const { backUp } = await backingUp();
    const { backup, task } = await backUp('snapshot');
    const writing = task.progress.filter(({ phase }) => phase === 'writing');
    expect(writing).toEqual([{ phase: 'writing', done: backup.bytes, unit: 'bytes' }]);
  });
});
