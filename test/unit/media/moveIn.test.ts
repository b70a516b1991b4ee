import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type FilePort, systemFiles } from '../../../src/core/media/filePort.ts';
import { moveIn, planUndo, recoverMoveIn, undoMoveIn } from '../../../src/core/media/moveIn.ts';
import { type MoveMode, planMoveIn } from '../../../src/core/media/planMoveIn.ts';
import { type Staged, stageArchive } from '../../../src/core/media/stage.ts';
import { writeTar } from '../../../src/core/media/writeTar.ts';
import { never } from '../../support/media.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { describeTree, makeTree, type TreeItem } from '../../support/tree.ts';

const day = 86_400_000;
const task = { signal: never };

/** The tree that was backed up. Dates in whole seconds, as a tar holds them. */
const backedUp: TreeItem[] = [
  { path: 'same.txt', content: 'same', mode: 0o644, mtime: 10 * day },
  { path: 'differs.txt', content: 'old content', mode: 0o640, mtime: 11 * day },
  { path: 'gone.txt', content: 'was deleted', mode: 0o600, mtime: 12 * day },
  { path: 'docs/new/deep.txt', content: 'deep', mode: 0o644, mtime: 13 * day },
  { path: 'docs/new', folder: true, mode: 0o750, mtime: 14 * day },
  { path: 'docs', folder: true, mode: 0o755, mtime: 15 * day },
  { path: 'empty', folder: true, mode: 0o711, mtime: 16 * day },
  { path: 'link', link: 'docs/new/deep.txt', mtime: 17 * day },
  { path: 'wasfolder', content: 'a file', mode: 0o644, mtime: 18 * day },
  { path: 'wasfile/x', content: 'below', mode: 0o644, mtime: 19 * day },
  { path: 'wasfile', folder: true, mode: 0o755, mtime: 20 * day },
];

/** The live tree that the backup comes back into. */
const live: TreeItem[] = [
  { path: 'same.txt', content: 'same', mode: 0o644, mtime: 10 * day },
  { path: 'differs.txt', content: 'new content, longer', mode: 0o664, mtime: 30.5 * day },
  { path: 'extra/only-here.txt', content: 'extra', mode: 0o644, mtime: 31 * day },
  { path: 'extra/empty', folder: true, mode: 0o700, mtime: 32 * day },
  { path: 'extra', folder: true, mode: 0o755, mtime: 33 * day },
  { path: 'docs/kept.txt', content: 'kept', mode: 0o644, mtime: 34 * day },
  { path: 'docs', folder: true, mode: 0o775, mtime: 35 * day },
  { path: 'link', link: 'same.txt', mtime: 36 * day },
  { path: 'wasfolder/a/b', content: 'in the way', mode: 0o644, mtime: 37 * day },
  { path: 'wasfolder', folder: true, mode: 0o755, mtime: 38 * day },
  { path: 'wasfile', content: 'in the way', mode: 0o644, mtime: 39 * day },
];

interface Setting {
  scratch: string;
  root: string;
  undo: string;
  staged: Staged;
  before: string[];
}

async function setting(items = backedUp): Promise<Setting> {
  const scratch = await scratchFolder();
  await makeTree(join(scratch, 'source'), items);
  const root = join(scratch, 'media');
  await makeTree(root, live);
  const tar = writeTar(join(scratch, 'source'), { ...task, exclude: [] });
  const staged = await stageArchive(tar, 'tar', join(scratch, 'staging'), task);
  return { scratch, root, undo: join(scratch, 'home', 'undo-1'), staged, before: await describeTree(root) };
}

describe('the plan says what will change, by mode', () => {
  const added = ['docs/new/deep.txt', 'gone.txt', 'wasfile/x', 'wasfolder'];
  const expected: Record<
    MoveMode,
    { added: string[]; replaced: string[]; removed: string[]; unchanged: number }
  > = {
    add: { added: ['docs/new/deep.txt', 'gone.txt'], replaced: [], removed: [], unchanged: 4 },
    replace: {
      added,
      replaced: ['differs.txt', 'link'],
      removed: ['wasfile', 'wasfolder/a/b'],
      unchanged: 1,
    },
    mirror: {
      added,
      replaced: ['differs.txt', 'link'],
      removed: ['docs/kept.txt', 'extra/only-here.txt', 'wasfile', 'wasfolder/a/b'],
      unchanged: 1,
    },
  };
  for (const mode of ['add', 'replace', 'mirror'] as const) {
    test(mode, async () => {
      const { root, staged, before } = await setting();
      const plan = await planMoveIn(staged, root, mode, { ...task, exclude: [] });
      const shown = {
        added: plan.added,
        replaced: plan.replaced,
        removed: plan.removed.sort(),
        unchanged: plan.unchanged,
      };
      expect(shown).toEqual(expected[mode]);
      expect(await describeTree(root)).toEqual(before);
    });
  }
});

describe.each(['add', 'replace', 'mirror'] as const)('mode %s', (mode) => {
  test('undo brings the old tree back exactly, and is undone itself', async () => {
    const { scratch, root, undo, staged, before } = await setting();
    await moveIn(await planMoveIn(staged, root, mode, { ...task, exclude: [] }), undo, task);
    const after = await describeTree(root);
    expect(after).not.toEqual(before);
    const redo = join(scratch, 'home', 'undo-2');
    await undoMoveIn(undo, redo, task);
    expect(await describeTree(root)).toEqual(before);
    const again = join(scratch, 'home', 'undo-3');
    await undoMoveIn(redo, again, task);
    expect(await describeTree(root)).toEqual(after);
    await undoMoveIn(again, join(scratch, 'home', 'undo-4'), task);
    expect(await describeTree(root)).toEqual(before);
    expect(await readdir(join(scratch, 'home'))).toEqual(['undo-4']);
  });
});

test('a mirror is the backup, to the second', async () => {
  const { scratch, root, undo, staged } = await setting();
  await moveIn(await planMoveIn(staged, root, 'mirror', { ...task, exclude: [] }), undo, task);
  expect(await describeTree(root, 1000)).toEqual(await describeTree(join(scratch, 'source'), 1000));
});

test('what was there already is not written again', async () => {
  const { scratch, root, undo, staged } = await setting();
  await moveIn(await planMoveIn(staged, root, 'mirror', { ...task, exclude: [] }), undo, task);
  const tar = writeTar(join(scratch, 'source'), { ...task, exclude: [] });
  const again = await stageArchive(tar, 'tar', join(scratch, 'staging-2'), task);
  const plan = await planMoveIn(again, root, 'mirror', { ...task, exclude: [] });
  expect(plan).toMatchObject({ added: [], replaced: [], removed: [], unchanged: 7 });
});

test('the backups folder inside the root is neither read, written nor removed', async () => {
  const { scratch, root, undo } = await setting();
  const exclude = [join(root, 'backups')];
  await makeTree(root, [{ path: 'backups/old.tar', content: 'a backup' }]);
  await makeTree(join(scratch, 'source'), [{ path: 'backups/old.tar', content: 'from the archive' }]);
  const whole = writeTar(join(scratch, 'source'), { ...task, exclude: [] });
  const staged = await stageArchive(whole, 'tar', join(scratch, 'staging-2'), task);
  const plan = await planMoveIn(staged, root, 'mirror', { ...task, exclude });
  await moveIn(plan, undo, task);
  expect(await readFile(join(root, 'backups/old.tar'), 'utf8')).toBe('a backup');
  expect(plan.warnings.map(({ code }) => code)).toContain('left-out');
});

test('a mirror is refused where the media folder is the folder of the backups', async () => {
  const { root, staged } = await setting();
  const exclude = [root];
  await expect(planMoveIn(staged, root, 'mirror', { ...task, exclude })).rejects.toMatchObject({
    code: 'media-root-refused',
  });
  expect((await planMoveIn(staged, root, 'replace', { ...task, exclude })).added).toContain('gone.txt');
});

describe('a link in the live folder is not followed', () => {
  for (const mode of ['add', 'replace', 'mirror'] as const) {
    test(mode, async () => {
      const { scratch, root, undo, staged } = await setting();
      const outside = join(scratch, 'outside');
      await makeTree(outside, [
        { path: 'new/deep.txt', content: 'not ours', mtime: day },
        { path: 'kept.txt', content: 'kept' },
      ]);
      await rm(join(root, 'docs'), { recursive: true });
      await symlink(outside, join(root, 'docs'));
      const before = await describeTree(root);
      const untouched = await describeTree(outside);
      const plan = await planMoveIn(staged, root, mode, { ...task, exclude: [] });
      await moveIn(plan, undo, task);
      expect(await describeTree(outside)).toEqual(untouched);
      expect(plan.added.includes('docs/new/deep.txt')).toBe(mode !== 'add');
      await undoMoveIn(undo, join(scratch, 'home', 'undo-2'), task);
      expect(await describeTree(outside)).toEqual(untouched);
      expect(await describeTree(root)).toEqual(before);
    });
  }
});

describe('a root that cannot be', () => {
  test('missing: named, and made only when asked; its undo takes it away', async () => {
    const { scratch, staged, undo } = await setting();
    const root = join(scratch, 'elsewhere');
    await expect(planMoveIn(staged, root, 'replace', { ...task, exclude: [] })).rejects.toMatchObject({
      code: 'media-root-missing',
    });
    const plan = await planMoveIn(staged, root, 'replace', { ...task, exclude: [], createRoot: true });
    expect(await readdir(scratch)).not.toContain('elsewhere');
    await moveIn(plan, undo, task);
    expect(await describeTree(root, 1000)).toEqual(await describeTree(join(scratch, 'source'), 1000));
    await undoMoveIn(undo, join(scratch, 'home', 'undo-2'), task);
    expect(await readdir(scratch)).not.toContain('elsewhere');
  });

  test('a file', async () => {
    const { scratch, staged } = await setting();
    const root = join(scratch, 'file');
    await writeFile(root, 'x');
    await expect(planMoveIn(staged, root, 'replace', { ...task, exclude: [] })).rejects.toMatchObject({
      code: 'media-root-refused',
    });
    await expect(async () => {
      for await (const chunk of writeTar(root, { ...task, exclude: [] })) void chunk;
    }).rejects.toMatchObject({ code: 'media-root-refused' });
  });
});

test('an undo folder that exists is not taken for another restore', async () => {
  const { root, undo, staged, before } = await setting();
  await mkdir(undo, { recursive: true });
  await writeFile(join(undo, 'precious'), 'x');
  const plan = await planMoveIn(staged, root, 'mirror', { ...task, exclude: [] });
  await expect(moveIn(plan, undo, task)).rejects.toThrow();
  expect(await readdir(undo)).toEqual(['precious']);
  expect(await describeTree(root)).toEqual(before);
});

test.each(['differs.txt', 'gone.txt', 'extra/only-here.txt'])(
  '%s, written between keeping and moving in, stops the restore and keeps its new content',
  async (path) => {
    const { scratch, root, undo, staged, before } = await setting();
    const plan = await planMoveIn(staged, root, 'mirror', { ...task, exclude: [] });
    let uploaded = false;
    const upload = async () => {
      if (uploaded) return;
      uploaded = true;
      await writeFile(join(scratch, 'upload'), 'just uploaded');
      await rename(join(scratch, 'upload'), join(root, path));
    };
    const files: FilePort = {
      ...systemFiles,
      async syncFolder(folder) {
        await systemFiles.syncFolder(folder);
        if (folder === undo) await upload();
      },
    };
    await expect(moveIn(plan, undo, task, files)).rejects.toMatchObject({ code: 'busy' });
    expect(await readFile(join(root, path), 'utf8')).toBe('just uploaded');
    const others = (lines: string[]) =>
      lines.filter((line) => !line.startsWith(path) && !line.startsWith('extra/ '));
    expect(others(await describeTree(root))).toEqual(others(before));
  },
);

test('files that came after a restore survive its undo; files changed after it are in the redo', async () => {
  const { scratch, root, undo, staged } = await setting();
  await moveIn(await planMoveIn(staged, root, 'replace', { ...task, exclude: [] }), undo, task);
  await writeFile(join(root, 'docs/new/later.txt'), 'later');
  await writeFile(join(root, 'gone.txt'), 'edited after the restore');
  expect(await planUndo(undo, never)).toMatchObject({ removed: expect.arrayContaining(['gone.txt']) });
  const redo = join(scratch, 'home', 'undo-2');
  await undoMoveIn(undo, redo, task);
  expect(await readFile(join(root, 'docs/new/later.txt'), 'utf8')).toBe('later');
  await expect(stat(join(root, 'gone.txt'))).rejects.toThrow();
  await undoMoveIn(redo, join(scratch, 'home', 'undo-3'), task);
  expect(await readFile(join(root, 'gone.txt'), 'utf8')).toBe('edited after the restore');
});

test('cancelling in the middle leaves the old tree and no undo', async () => {
  const { scratch, root, undo, staged, before } = await setting();
  const plan = await planMoveIn(staged, root, 'mirror', { ...task, exclude: [] });
  const cancel = new AbortController();
  const report = ({ phase, done = 0 }: { phase: string; done?: number }) => {
    if (phase === 'committing' && done === 3) cancel.abort();
  };
  await expect(moveIn(plan, undo, { signal: cancel.signal, report })).rejects.toMatchObject({
    code: 'cancelled',
  });
  expect(await describeTree(root)).toEqual(before);
  expect(await readdir(join(scratch, 'home'))).toEqual([]);
});

test('there is nothing to recover after a whole restore, and no undo where nothing was kept', async () => {
  const { root, undo, staged } = await setting();
  await moveIn(await planMoveIn(staged, root, 'mirror', { ...task, exclude: [] }), undo, task);
  const after = await describeTree(root);
  expect(await recoverMoveIn(undo, task)).toBe('ended');
  expect(await describeTree(root)).toEqual(after);
  await expect(undoMoveIn(join(undo, 'none'), join(undo, 'redo'), task)).rejects.toMatchObject({
    code: 'undo-impossible',
  });
});

describe('recovery finds something else where a folder was', () => {
  /** Stops for good at a call in the middle, as a crash does. */
  async function interrupted(): Promise<Setting> {
    const made = await setting();
    const plan = await planMoveIn(made.staged, made.root, 'mirror', { ...task, exclude: [] });
    let calls = 0;
    const down = Object.fromEntries(
      Object.entries(systemFiles).map(([name, call]) => [
        name,
        async (...of: never[]) => {
          if (++calls > 60) throw Object.assign(new Error('down'), { code: 'EIO' });
          await (call as (...of: never[]) => Promise<void>)(...of);
        },
      ]),
    ) as unknown as FilePort;
    await expect(moveIn(plan, made.undo, task, down)).rejects.toMatchObject({ code: 'undo-impossible' });
    return made;
  }

  test.each(['a file', 'nothing'])(
    '%s in the place of the root: it stays, what was kept stays',
    async (what) => {
      const { root, undo } = await interrupted();
      await rm(root, { recursive: true });
      if (what === 'a file') await writeFile(root, 'mine');
      expect(await recoverMoveIn(undo, task)).toBe('kept');
      expect(
        await stat(root).then(
          (facts) => facts.isFile(),
          () => undefined,
        ),
      ).toBe(what === 'a file' ? true : undefined);
      expect(await recoverMoveIn(undo, task)).toBe('ended');
      await rm(root, { force: true });
      await mkdir(root);
      await undoMoveIn(undo, `${undo}-redo`, task);
      expect(await readFile(join(root, 'differs.txt'), 'utf8')).toBe('new content, longer');
      expect(await readFile(join(root, 'docs/kept.txt'), 'utf8')).toBe('kept');
    },
  );

  test('a file in the place of one folder: all else is brought back, and what has no place is kept', async () => {
    const { root, undo, before } = await interrupted();
    await rm(join(root, 'docs'), { recursive: true });
    await writeFile(join(root, 'docs'), 'mine');
    expect(await recoverMoveIn(undo, task)).toBe('kept');
    expect(await readFile(join(root, 'docs'), 'utf8')).toBe('mine');
    const rest = (lines: string[]) => lines.filter((line) => !/^docs\b/.test(line));
    expect(rest(await describeTree(root))).toEqual(rest(before));
  });
});
