import { readFileSync, writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commitMark } from '../../../src/core/backups/commitMark.ts';
import { listUndo } from '../../../src/core/backups/undo.ts';
import { type MediaUndo, recoverMediaLocked, startMediaUndo } from '../../../src/core/backups/undoMedia.ts';
import { systemFiles } from '../../../src/core/media/filePort.ts';
import { moveIn } from '../../../src/core/media/moveIn.ts';
import { planMoveIn } from '../../../src/core/media/planMoveIn.ts';
import { stageArchive } from '../../../src/core/media/stage.ts';
import { writeTar } from '../../../src/core/media/writeTar.ts';
import { change } from '../../support/project.ts';
import { serviceProject } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const task = testTask();
const yes = testTask({ confirm: async () => true });

/** A media folder over which another one is restored, up to some step of it. */
async function restoring() {
  const made = await serviceProject({ key: false });
  const { media, root, resources } = made;
  const write = (text: string) => writeFileSync(join(media, 'a.txt'), text);
  write('from the backup');
  const tar = writeTar(media, { ...task, exclude: [] });
  const staged = await stageArchive(tar, 'tar', join(root, 'staging'), task);
  write('live');
  const move = async ({ files }: MediaUndo, stopAt?: keyof typeof systemFiles) => {
    const plan = await planMoveIn(staged, media, 'replace', { ...task, exclude: [] });
    const port = stopAt
      ? { ...systemFiles, [stopAt]: () => Promise.reject(new Error('power cut')) }
      : systemFiles;
    return moveIn(plan, files, task, port);
  };
  const start = (awaited?: { database: string; mark: string }) =>
    startMediaUndo(media, 'x.tar', resources, awaited);
  const content = () => readFileSync(join(media, 'a.txt'), 'utf8');
  const recover = () => recoverMediaLocked(media, resources, task);
  const copies = async (state: 'finished' | 'pending') => (await listUndo(made.home, [media], state)).length;
  return { ...made, move, start, content, recover, copies };
}

describe('a media restore that was killed', () => {
  it('before its first file moved has nothing to take back', async () => {
    const { start, content, recover, copies, home } = await restoring();
    await start();
    await recover();
    expect([content(), await copies('pending'), await copies('finished')]).toEqual(['live', 0, 0]);
    expect(await readdir(join(home, 'undo'))).toEqual([]);
  });

  it('after its last can still be taken back', async () => {
    const { start, move, content, recover, copies, service, project } = await restoring();
    await move(await start());
    await recover();
    expect([content(), await copies('pending'), await copies('finished')]).toEqual(['from the backup', 0, 1]);
    await service.undo({ project: project() }, yes);
    expect(content()).toBe('live');
  });

  it('together with a database goes the way that one went', async () => {
    for (const committed of [true, false]) {
      const { start, move, content, recover, copies, database, resources } = await restoring();
      await move(await start({ database, mark: await commitMark(database, resources, task) }));
      // SQLite's backup raises the schema's version.
      if (committed) change(database, 'CREATE TABLE more(x)');
      await recover();
      expect([content(), await copies('finished')]).toEqual(committed ? ['from the backup', 1] : ['live', 0]);
      expect(await copies('pending')).toBe(0);
    }
  });

  it('is ended before anything else is done with the media files, unless there is nothing to end', async () => {
    const { recover, content, resources, media, start, move, service, project } = await restoring();
    await recoverMediaLocked(undefined, resources, task);
    await recover();
    expect(content()).toBe('live');
    await move(await start());
    await service.backup({ project: project(), what: 'media', encrypt: false }, task);
    expect((await service.undoCopies({ project: project() }, task)).map(({ kind }) => kind)).toEqual([
      'media',
    ]);
    await rm(media, { recursive: true });
  });
});
