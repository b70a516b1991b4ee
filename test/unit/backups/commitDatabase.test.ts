import { readdirSync, truncateSync } from 'node:fs';
import { copyFile, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commitDatabase } from '../../../src/core/backups/commitDatabase.ts';
import { listUndo } from '../../../src/core/backups/undo.ts';
import { BackupError } from '../../../src/core/errors.ts';
import { digestOf } from '../../support/canon.ts';
import { bodiesIn, change } from '../../support/project.ts';
import { serviceProject, withEngine } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const task = testTask();

async function staged() {
  const project = await serviceProject({ key: false });
  const stagingPath = join(project.root, 'staging.sqlite3');
  await copyFile(project.database, stagingPath);
  change(stagingPath, "UPDATE note SET body = 'staged'");
  const request = { stagingPath, livePath: project.database, from: 'x.dump', keepUndo: true };
  const undos = async () => readdir(join(project.home, 'undo')).catch(() => []);
  return { ...project, request, undos };
}

describe('the commit of a restore', () => {
  it('keeps what it replaces, and says how it can be had back', async () => {
    const { request, resources, database, home } = await staged();
    const before = digestOf(database);
    const { undo, warnings } = await commitDatabase(request, resources, task);
    expect(bodiesIn(database)).toEqual(['staged', 'staged', 'staged']);
    expect(digestOf(undo?.copy ?? '')).toEqual(before);
    expect(await listUndo(home, [database])).toMatchObject([{ id: undo?.id, before: 'x.dump' }]);
    expect(warnings).toEqual([]);
  });

  it('begins anew while somebody writes, and is busy where that does not end', async () => {
    const { request, resources, database, undos } = await staged();
    let [commits, stages] = [0, 0];
    const moving = withEngine(resources, {
      commit: async () => {
        commits++;
        return { outcome: 'moved' };
      },
    });
    const restage = async () => void stages++;
    await expect(commitDatabase({ ...request, restage }, moving, task)).rejects.toMatchObject({
      code: 'busy',
      exit: 5,
      message: expect.stringContaining('20 times'),
    });
    expect([commits, stages]).toEqual([20, 20]);
    expect(await undos()).toEqual([]);
    expect(bodiesIn(database)).not.toContain('staged');
    await expect(commitDatabase({ ...request, keepUndo: false }, moving, task)).rejects.toMatchObject({
      code: 'busy',
    });
  });

  it('ends where the writing does, with the copy that belongs to it', async () => {
    const { request, resources, database, home } = await staged();
    let tries = 0;
    const moving = withEngine(resources, {
      commit: async (asked, asking) => {
        if (tries++ < 3) return { outcome: 'moved' };
        return (await resources.engine()).commit({ ...asked, unlessMovedFrom: undefined } as never, asking);
      },
    });
    const { undo } = await commitDatabase(request, moving, task);
    expect((await listUndo(home, [database])).map(({ id }) => id)).toEqual([undo?.id]);
    expect(bodiesIn(database)).toEqual(['staged', 'staged', 'staged']);
  });

  it.each([true, false])('that fails lets go of the copy it made (undo: %s)', async (keepUndo) => {
    const { request, resources, undos, database } = await staged();
    const failing = withEngine(resources, {
      commit: () => Promise.reject(new BackupError('disk-full', 'Full.')),
    });
    const committing = commitDatabase({ ...request, keepUndo }, failing, task);
    await expect(committing).rejects.toMatchObject({ code: 'disk-full' });
    expect(await undos()).toEqual([]);
    expect(bodiesIn(database)).not.toContain('staged');
  });

  it('is not begun where there is no room for it', async () => {
    const { request, resources, undos } = await staged();
    // Sparse: it has the size, and takes nothing.
    truncateSync(request.stagingPath, 2 ** 43);
    await expect(commitDatabase(request, resources, task)).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringMatching(/no room for the restored database.*\d+ are needed/),
    });
    expect(await undos()).toEqual([]);
  });

  it('wants room for the undo copy, where one is wanted', async () => {
    const { request, resources, database } = await staged();
    truncateSync(database, 2 ** 43);
    await expect(commitDatabase(request, resources, task)).rejects.toMatchObject({
      message: expect.stringContaining('the undo copy'),
    });
  });

  it('says where a server has to be restarted', async () => {
    const { request, resources, database } = await staged();
    const renaming = withEngine(resources, {
      commit: async ({ stagingPath, livePath }) => {
        await rename(stagingPath, livePath);
        return { outcome: 'committed', restartNeeded: true };
      },
    });
    const { warnings } = await commitDatabase(request, renaming, task);
    expect(warnings).toMatchObject([
      { code: 'restart-needed', message: expect.stringContaining(database), hint: 'Restart the server.' },
    ]);
  });

  it('is done though it cannot be noted: the database itself tells', async () => {
    const { request, resources, database, service, project, home } = await staged();
    const unnoted = withEngine(resources, {
      commit: async (asked, asking) => {
        const result = await (await resources.engine()).commit(asked, asking);
        for (const id of readdirSync(join(home, 'undo'))) {
          const note = join(home, 'undo', id, 'undo.json');
          await rename(note, `${note}.kept`);
          await copyFile(`${note}.kept`, note);
        }
        return result;
      },
    });
    await commitDatabase(request, unnoted, task);
    const copies = await service.undoCopies({ project: project() }, task);
    expect(copies).toHaveLength(1);
    expect(bodiesIn(database)).toEqual(['staged', 'staged', 'staged']);
  });

  it('stops before it begins where it is cancelled', async () => {
    const { request, resources, undos } = await staged();
    const cancelled = testTask({}, AbortSignal.abort());
    await expect(commitDatabase(request, resources, cancelled)).rejects.toMatchObject({ code: 'cancelled' });
    expect(await undos()).toEqual([]);
  });
});
