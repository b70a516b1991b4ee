import { readFileSync, writeFileSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commitMark } from '../../../src/core/backups/commitMark.ts';
import { listUndo, noteUndo } from '../../../src/core/backups/undo.ts';
import { type MediaUndo, recoverMediaLocked, startMediaUndo } from '../../../src/core/backups/undoMedia.ts';
import { withLock } from '../../../src/core/files/lock.ts';
import { type FilePort, systemFiles } from '../../../src/core/media/filePort.ts';
import { moveIn } from '../../../src/core/media/moveIn.ts';
import { planMoveIn } from '../../../src/core/media/planMoveIn.ts';
import { stageArchive } from '../../../src/core/media/stage.ts';
import { writeTar } from '../../../src/core/media/writeTar.ts';
import type { ConfirmQuestion } from '../../../src/core/task.ts';
import { change } from '../../support/project.ts';
import { serviceProject } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const task = testTask();
const yes = testTask({ confirm: async () => true });

/** The system up to the moment when a file has its new content: then the power is cut. */
function endingAt(file: string): FilePort {
  let isCut = false;
  return new Proxy(systemFiles, {
    get:
      (port, name: keyof FilePort) =>
      async (...given: unknown[]) => {
        if (isCut) throw new Error('power cut');
        await (port[name] as (...given: unknown[]) => Promise<void>)(...given);
        isCut = name === 'rename' && given[1] === file;
      },
  });
}

/** A media folder over which another one is restored, up to some step of it. */
async function restoring() {
  const made = await serviceProject({ key: false });
  const { media, root, resources } = made;
  const write = (text: string) => writeFileSync(join(media, 'a.txt'), text);
  write('from the backup');
  const tar = writeTar(media, { ...task, exclude: [] });
  const staged = await stageArchive(tar, 'tar', join(root, 'staging'), task);
  write('live');
  const move = async ({ files }: MediaUndo, isCut = false) => {
    const plan = await planMoveIn(staged, media, 'replace', { ...task, exclude: [] });
    const port = isCut ? endingAt(join(media, 'a.txt')) : systemFiles;
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

  it('half-way is rolled back, alone or with a database that was not committed', async () => {
    for (const together of [false, true]) {
      const { start, move, content, recover, copies, database, resources } = await restoring();
      const mark = await commitMark(database, resources, task);
      const undo = await start(together ? { database, mark } : undefined);
      await expect(move(undo, true)).rejects.toMatchObject({ code: 'undo-impossible' });
      expect(content()).toBe('from the backup');
      expect([await copies('pending'), await copies('finished')]).toEqual([1, 0]);
      await recover();
      expect([content(), await copies('pending'), await copies('finished')]).toEqual(['live', 0, 0]);
    }
  });

  it('and whose note tells of no files has nothing to take back', async () => {
    const { start, recover, copies, home } = await restoring();
    const { id, ...kept } = await start();
    await noteUndo(join(home, 'undo', id), { ...kept, id, copy: null });
    await recover();
    expect([await copies('pending'), await copies('finished')]).toEqual([0, 0]);
  });

  it('is ended under the lock of its folder, which is not asked for where there is none', async () => {
    const { home, media, start, resources } = await restoring();
    const impatient = {
      ...task,
      report: () => {
        throw new Error('it waits');
      },
    };
    const recoverMeanwhile = () =>
      withLock(home, media, 'a restore that is at work', task, () =>
        recoverMediaLocked(media, resources, impatient),
      );
    await recoverMeanwhile();
    await start();
    await expect(recoverMeanwhile()).rejects.toThrow('it waits');
  });
});

describe('an undo of a media restore', () => {
  it('shows what it does before it does it, and answers with what it did', async () => {
    const { start, move, recover, copies, media, home, service, project, content } = await restoring();
    await writeFile(join(media, 'more.txt'), 'live');
    await move(await start());
    await rm(join(media, 'a.txt'));
    await recover();
    const asked: ConfirmQuestion[] = [];
    const asking = testTask({ confirm: async (question) => asked.push(question) > 0 });
    const answer = await service.undo({ project: project() }, asking);
    expect(asked).toEqual([
      {
        action: 'undo',
        target: media,
        from: 'its state before x.tar',
        tables: [],
        files: {
          ...{ added: 1, replaced: 0, removed: 0 },
          paths: { added: ['a.txt'], replaced: [], removed: [] },
        },
        warnings: [],
      },
    ]);
    const [redo] = await listUndo(home, [media]);
    expect(answer).toEqual({
      restored: { file: 'x.tar', target: media, tables: 0, rows: 1 },
      changes: [],
      files: { added: 1, replaced: 0, removed: 0 },
      undo: redo?.id,
      warnings: [],
    });
    expect(content()).toBe('live');
    expect([await copies('pending'), await copies('finished')]).toEqual([0, 1]);
  });

  it('counts files that it replaces like those that it adds', async () => {
    const { start, move, recover, media, service, project, content } = await restoring();
    await move(await start());
    await recover();
    const { restored } = await service.undo({ project: project() }, yes);
    expect(restored).toEqual({ file: 'x.tar', target: media, tables: 0, rows: 1 });
    expect(content()).toBe('live');
  });
});
