import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type FilePort, systemFiles } from '../../../src/core/media/filePort.ts';
import { moveIn, recoverMoveIn, undoMoveIn } from '../../../src/core/media/moveIn.ts';
import { planMoveIn } from '../../../src/core/media/planMoveIn.ts';
import { type Staged, stageArchive } from '../../../src/core/media/stage.ts';
import { writeTar } from '../../../src/core/media/writeTar.ts';
import { never } from '../../support/media.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { describeTree, makeTree, type TreeItem } from '../../support/tree.ts';

const task = { signal: never };

const backedUp: TreeItem[] = [
  { path: 'differs', content: 'from the backup', mode: 0o640, mtime: 1e12 },
  { path: 'missing', content: 'from the backup', mode: 0o600, mtime: 1e12 },
  { path: 'new/deep/file', content: 'from the backup', mode: 0o644, mtime: 1e12 },
  { path: 'new/deep', folder: true, mode: 0o555, mtime: 1e12 },
  { path: 'link', link: 'differs', mtime: 1e12 },
  { path: 'wasfolder', content: 'a file now', mode: 0o644, mtime: 1e12 },
  { path: 'wasfile/x', content: 'a folder now', mode: 0o644, mtime: 1e12 },
];

const live: TreeItem[] = [
  { path: 'differs', content: 'live', mode: 0o664, mtime: 11e11 },
  { path: 'extra/file', content: 'live', mode: 0o644, mtime: 11e11 },
  { path: 'extra', folder: true, mode: 0o750, mtime: 12e11 },
  { path: 'link', link: 'extra/file', mtime: 11e11 },
  { path: 'wasfolder/x', content: 'live', mode: 0o644, mtime: 11e11 },
  { path: 'wasfolder', folder: true, mode: 0o700, mtime: 12e11 },
  { path: 'wasfile', content: 'live', mode: 0o644, mtime: 11e11 },
];

/** A port whose call number `failing` fails; all later ones too where the machine is to have stopped there. */
function faulty(
  failing: number,
  staysDown: boolean,
  code: string,
  noLinks: boolean,
): FilePort & { calls: number } {
  const port = { calls: 0 } as FilePort & { calls: number };
  for (const [name, call] of Object.entries(systemFiles) as [
    keyof FilePort,
    (...of: never[]) => Promise<void>,
  ][]) {
    Object.assign(port, {
      [name]: async (...of: never[]) => {
        const number = port.calls++;
        if (number === failing || (staysDown && number > failing)) {
          throw Object.assign(new Error(`${code}: injected into ${name}, call ${number}`), { code });
        }
        if (noLinks && name === 'link') throw Object.assign(new Error('EXDEV'), { code: 'EXDEV' });
        // From the staging folder to another disk, as where the media folder is a mount of its own.
        if (noLinks && name === 'rename' && String(of[0]).includes('staging')) {
          throw Object.assign(new Error('EXDEV'), { code: 'EXDEV' });
        }
        await call(...of);
      },
    });
  }
  return port;
}

interface Setting {
  scratch: string;
  root: string;
  undo: string;
  staged: Staged;
  before: string[];
}

/** Made once, copied for each run: a run takes a fresh copy of the live tree and of what was staged. */
async function template(): Promise<Setting> {
  const scratch = await scratchFolder();
  await makeTree(join(scratch, 'source'), backedUp);
  await makeTree(join(scratch, 'media'), live);
  const tar = writeTar(join(scratch, 'source'), { ...task, exclude: [] });
  const staged = await stageArchive(tar, 'tar', join(scratch, 'staging'), task);
  const root = join(scratch, 'media');
  return { scratch, root, undo: join(scratch, 'home', 'undo'), staged, before: await describeTree(root) };
}

/** The error, where there was one. */
async function outcome(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

/** Runs with a fault at call 0, 1, 2, … until a run comes through without meeting it. */
async function atEveryCall(work: (failing: number) => Promise<{ calls: number }>): Promise<number> {
  for (let failing = 0; ; failing++) if ((await work(failing)).calls <= failing) return failing;
}

describe.each([
  ['on one disk', false],
  ['across two disks', true],
])('a fault at every step of a move-in %s', (_, noLinks) => {
  test('an error leaves the old tree and no undo', async () => {
    const steps = await atEveryCall(async (failing) => {
      const { scratch, root, undo, staged, before } = await template();
      const port = faulty(failing, false, 'EIO', noLinks);
      const plan = await planMoveIn(staged, root, 'mirror', { ...task, exclude: [] });
      const failed = await outcome(moveIn(plan, undo, task, port));
      if (failed === undefined) {
        expect(await describeTree(root, 1000)).toEqual(await describeTree(join(scratch, 'source'), 1000));
        return port;
      }
      expect(failed).toMatchObject({ code: 'failed', message: expect.stringContaining('EIO') });
      expect(await describeTree(root), `call ${failing}`).toEqual(before);
      expect(await readdir(join(scratch, 'home'))).toEqual([]);
      return port;
    });
    expect(steps).toBeGreaterThan(40);
  });

  test.each([
    ['ENOSPC', 'disk-full'],
    ['EROFS', 'folder-not-writable'],
  ])('%s in the middle is named %s', async (code, named) => {
    const { root, undo, staged, before } = await template();
    const plan = await planMoveIn(staged, root, 'mirror', { ...task, exclude: [] });
    expect(await outcome(moveIn(plan, undo, task, faulty(35, false, code, noLinks)))).toMatchObject({
      code: named,
    });
    expect(await describeTree(root)).toEqual(before);
  });

  test('a crash leaves what recovery makes the old tree or the new one', async () => {
    let rolledBack = 0;
    const steps = await atEveryCall(async (failing) => {
      const { root, undo, staged, before } = await template();
      const port = faulty(failing, true, 'EIO', noLinks);
      const plan = await planMoveIn(staged, root, 'mirror', { ...task, exclude: [] });
      const failed = await outcome(moveIn(plan, undo, task, port));
      if (failed === undefined) return port;
      if ((await recoverMoveIn(undo, task)) === 'rolled-back') rolledBack++;
      expect(await describeTree(root), `call ${failing}`).toEqual(before);
      return port;
    });
    expect(rolledBack).toBeGreaterThan(15);
    expect(steps).toBeGreaterThan(rolledBack);
  });

  test('in an undo likewise: the restored tree stays, and its undo works afterwards', async () => {
    await atEveryCall(async (failing) => {
      const { scratch, root, undo, staged, before } = await template();
      const plan = await planMoveIn(staged, root, 'mirror', { ...task, exclude: [] });
      await moveIn(plan, undo, task);
      const restored = await describeTree(root);
      const redo = join(scratch, 'home', 'redo');
      const port = faulty(failing, failing % 2 === 1, 'EIO', noLinks);
      const failed = await outcome(undoMoveIn(undo, redo, task, port));
      if (failed !== undefined) {
        await recoverMoveIn(redo, task);
        expect(await describeTree(root), `call ${failing}`).toEqual(restored);
        await undoMoveIn(undo, redo, task);
      }
      expect(await describeTree(root)).toEqual(before);
      return port;
    });
  });
});

test('a crash while a crash is recovered from does no harm', async () => {
  const { root, undo, staged, before } = await template();
  const plan = await planMoveIn(staged, root, 'mirror', { ...task, exclude: [] });
  const total = faulty(Number.POSITIVE_INFINITY, false, 'EIO', false);
  const probe = await template();
  const whole = await planMoveIn(probe.staged, probe.root, 'mirror', { ...task, exclude: [] });
  await moveIn(whole, probe.undo, task, total);
  await expect(moveIn(plan, undo, task, faulty(total.calls - 4, true, 'EIO', false))).rejects.toMatchObject({
    code: 'undo-impossible',
  });
  for (let failing = 0; ; failing++) {
    const port = faulty(failing, true, 'EIO', false);
    if ((await outcome(recoverMoveIn(undo, task, port))) === undefined) break;
  }
  expect(await describeTree(root)).toEqual(before);
});
