import { execFileSync } from 'node:child_process';
import {
  chmod,
  lutimes,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type FilePort, systemFiles } from '../../../src/core/media/filePort.ts';
import { moveIn, recoverMoveIn, undoMoveIn } from '../../../src/core/media/moveIn.ts';
import { type MoveMode, planMoveIn } from '../../../src/core/media/planMoveIn.ts';
import { stageArchive } from '../../../src/core/media/stage.ts';
import { writeTar } from '../../../src/core/media/writeTar.ts';
import { never } from '../../support/media.ts';
import { hasProgram } from '../../support/programs.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { describeTree, makeTree, type TreeItem } from '../../support/tree.ts';

const task = { signal: never };
const at = (day: number) => day * 86_400_000;

async function setting(backedUp: TreeItem[], live: TreeItem[]) {
  const scratch = await scratchFolder();
  await makeTree(join(scratch, 'source'), backedUp);
  const root = join(scratch, 'media');
  await makeTree(root, live);
  const tar = writeTar(join(scratch, 'source'), { ...task, exclude: [] });
  const staged = await stageArchive(tar, 'tar', join(scratch, 'staging'), task);
  const undo = join(scratch, 'home', 'undo-1');
  const options = (exclude: string[] = []) => ({ ...task, exclude });
  const plan = (mode: MoveMode, exclude: string[] = []) => planMoveIn(staged, root, mode, options(exclude));
  const move = async (mode: MoveMode, files: FilePort = systemFiles) =>
    moveIn(await plan(mode), undo, task, files);
  return { scratch, root, undo, staged, plan, move };
}

const file = (path: string, content = path, day = 1): TreeItem => ({
  path,
  content,
  mode: 0o644,
  mtime: at(day),
});

describe('a file is the same', () => {
  const changed = async (change: (path: string) => Promise<void>) => {
    const { root, plan } = await setting([file('a.txt', 'same')], [file('a.txt', 'same')]);
    await change(join(root, 'a.txt'));
    const { replaced, unchanged } = await plan('replace');
    return [replaced, unchanged];
  };

  test('by its kind, size, mode, date and content, and by nothing less', async () => {
    expect(await changed(async () => undefined)).toEqual([[], 1]);
    expect(await changed((path) => utimes(path, at(1) / 1000 + 0.4, at(1) / 1000 + 0.4))).toEqual([[], 1]);
    const others: ((path: string) => Promise<void>)[] = [
      (path) => utimes(path, at(2) / 1000, at(2) / 1000),
      (path) => chmod(path, 0o600),
      async (path) => {
        await writeFile(path, 'SAME');
        await utimes(path, at(1) / 1000, at(1) / 1000);
      },
      async (path) => {
        await writeFile(path, 'longer than that');
        await utimes(path, at(1) / 1000, at(1) / 1000);
      },
      async (path) => {
        await rm(path);
        await symlink('nowhere', path);
        await lutimes(path, at(1) / 1000, at(1) / 1000);
      },
    ];
    for (const change of others) expect(await changed(change)).toEqual([['a.txt'], 0]);
  });

  test('or the comparison is cancelled', async () => {
    const { staged, root } = await setting([file('a.txt', 'same')], [file('a.txt', 'same')]);
    const controller = new AbortController();
    controller.abort();
    const plan = planMoveIn(staged, root, 'replace', { signal: controller.signal, exclude: [] });
    await expect(plan).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('what stands in the way', () => {
  const messages = async (mode: MoveMode, backedUp: TreeItem[], live: TreeItem[], exclude?: string) => {
    const { plan, root } = await setting(backedUp, live);
    const { warnings, added, replaced } = await plan(
      mode,
      exclude === undefined ? [] : [join(root, exclude)],
    );
    return { said: warnings.map(({ message }) => message), changed: [...added, ...replaced].sort() };
  };

  test.skipIf(!hasProgram('mkfifo', '--version'))('a pipe is not touched, in any mode', async () => {
    for (const mode of ['add', 'replace', 'mirror'] as const) {
      const { root, plan, move } = await setting(
        [file('pipe'), file('other/pipe/x'), file('b.txt')],
        [file('c.txt')],
      );
      await mkdir(join(root, 'other'));
      for (const path of ['pipe', 'other/pipe', 'left']) execFileSync('mkfifo', [join(root, path)]);
      const { warnings } = await plan(mode);
      const said = warnings.map(({ message }) => message);
      expect(said).toEqual(
        expect.arrayContaining([
          '"other/pipe/x" was left out: a socket, a pipe or a device stands there.',
          '"pipe" was left out: a socket, a pipe or a device stands there.',
        ]),
      );
      expect(said.includes('"left" stays: it is a socket, a pipe or a device.')).toBe(mode === 'mirror');
      await move(mode);
      expect((await stat(join(root, 'pipe'))).isFIFO()).toBe(true);
      expect(await readFile(join(root, 'b.txt'), 'utf8')).toBe('b.txt');
    }
  });

  test('adding takes no folder’s place by a file, and no file’s by a folder', async () => {
    const { said, changed } = await messages(
      'add',
      [file('folder'), file('file/below'), { path: 'empty', folder: true, mode: 0o755 }],
      [file('folder/kept'), file('file'), file('empty')],
    );
    expect(said.sort()).toEqual([
      '"empty" was left out: it is not a folder here.',
      '"file" was left out: it is not a folder here.',
      '"file/below" was left out: "file" is not a folder here.',
    ]);
    expect(changed).toEqual([]);
  });

  test('the folder of the backups stays, and so does one that holds it', async () => {
    for (const mode of ['replace', 'mirror'] as const) {
      const { said, changed } = await messages(
        mode,
        [file('private'), file('private2/backups/x'), file('a.txt')],
        [file('private/backups/db.dump'), file('b.txt')],
        'private/backups',
      );
      expect(said).toContain('"private" was left out: a folder with the backups stands there.');
      expect(changed).toEqual(['a.txt', 'private2/backups/x']);
    }
    const { said } = await messages('replace', [file('backups/x')], [file('backups/db.dump')], 'backups');
    expect(said).toContain('"backups/x" was left out: it lies in the folder of the backups.');
  });
});

describe('somebody else at work in the media folder', () => {
  /** The system's calls, with something done right before the first that fits. */
  function before(
    name: keyof FilePort,
    fits: (path: string) => boolean,
    act: () => Promise<unknown>,
  ): FilePort {
    let done = false;
    return new Proxy(systemFiles, {
      get: (port, key: keyof FilePort) =>
        key !== name
          ? port[key]
          : async (...args: string[]) => {
              if (!done && args.some(fits)) {
                done = true;
                await act();
              }
              return (port[key] as (...all: string[]) => Promise<void>)(...args);
            },
    });
  }

  test('who removes a file first costs nothing', async () => {
    const { root, move } = await setting([file('a.txt')], [file('gone.txt'), file('folder/gone.txt')]);
    const gone = before(
      'unlink',
      (path) => path.endsWith('media/gone.txt'),
      () => rm(join(root, 'gone.txt')),
    );
    await move('mirror', gone);
    expect(await readdir(root)).toEqual(['a.txt']);
  });

  test('who adds a file to a folder that goes keeps both', async () => {
    const { root, move } = await setting([file('a.txt')], [file('folder/gone.txt')]);
    const late = before(
      'rmdir',
      () => true,
      () => writeFile(join(root, 'folder/late.txt'), 'late'),
    );
    await move('mirror', late);
    expect(await readFile(join(root, 'folder/late.txt'), 'utf8')).toBe('late');
  });

  test('who changes a file that is to be replaced is not written over: all is as it was', async () => {
    const { root, undo, move } = await setting(
      [file('a.txt'), file('b.txt')],
      [file('a.txt', 'old'), file('b.txt', 'old')],
    );
    const late = before(
      'rename',
      (path) => path.endsWith('a.txt'),
      () => writeFile(join(root, 'b.txt'), 'theirs, longer'),
    );
    await expect(move('replace', late)).rejects.toMatchObject({ code: 'busy' });
    expect(await readFile(join(root, 'a.txt'), 'utf8')).toBe('old');
    expect(await readFile(join(root, 'b.txt'), 'utf8')).toBe('theirs, longer');
    await expect(readdir(undo)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('who puts a link where a folder was leads nothing out of it', async () => {
    const { scratch, root, move } = await setting(
      [file('sub/a.txt'), file('sub/b.txt')],
      [file('sub/a.txt', 'old'), file('sub/b.txt', 'old')],
    );
    await makeTree(join(scratch, 'elsewhere'), [file('a.txt', 'not ours'), file('b.txt', 'not ours')]);
    const before0 = await describeTree(join(scratch, 'elsewhere'));
    const swap = async () => {
      await rm(join(root, 'sub'), { recursive: true });
      await symlink(join(scratch, 'elsewhere'), join(root, 'sub'));
    };
    const late = before('writeText', (path) => path.endsWith('journal.json'), swap);
    await expect(move('replace', late)).rejects.toMatchObject({
      code: expect.stringMatching(/busy|undo-impossible/),
    });
    expect(await describeTree(join(scratch, 'elsewhere'))).toEqual(before0);
  });
});

test('a folder that its owner cannot write is written, and is as it was afterwards', async () => {
  const locked: TreeItem[] = [
    file('locked/a.txt'),
    { path: 'locked', folder: true, mode: 0o555, mtime: at(3) },
  ];
  const { root, undo, move } = await setting(
    [file('locked/b.txt'), { path: 'locked', folder: true, mode: 0o555, mtime: at(3) }],
    locked,
  );
  const before = await describeTree(root);
  await move('replace');
  expect((await stat(join(root, 'locked'))).mode & 0o777).toBe(0o555);
  expect((await readdir(join(root, 'locked'))).sort()).toEqual(['a.txt', 'b.txt']);
  await undoMoveIn(undo, `${undo}-redo`, task);
  expect(await describeTree(root)).toEqual(before);
  await chmod(join(root, 'locked'), 0o755);
});

test('an undo copy whose journal is of another time, or no journal, is said to be unreadable, and left', async () => {
  const { undo, move } = await setting([file('a.txt')], [file('a.txt', 'old')]);
  await move('replace');
  for (const text of ['{ "version": 2 }', 'not JSON']) {
    await writeFile(join(undo, 'journal.json'), text);
    await expect(recoverMoveIn(undo, task)).rejects.toMatchObject({
      code: 'undo-impossible',
      hint: expect.stringContaining(join(undo, 'kept')),
    });
  }
  expect((await readdir(undo)).sort()).toContain('kept');
});
