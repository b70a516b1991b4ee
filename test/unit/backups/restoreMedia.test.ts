import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type MediaRestore, prepareMedia, restoreMedia } from '../../../src/core/backups/restoreMedia.ts';
import { listUndo } from '../../../src/core/backups/undo.ts';
import { recoverMediaLocked } from '../../../src/core/backups/undoMedia.ts';
import type { ConfirmQuestion, Progress } from '../../../src/core/task.ts';
import { tarOf } from '../../support/evilTar.ts';
import { serviceProject } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const yes = testTask({ confirm: async () => true });

/** A backup of some files, and a media folder with others that it is restored into. */
async function backedUp(files: Record<string, string>, live: Record<string, string> = {}) {
  const made = await serviceProject({ key: false });
  const { root, media, home, resources } = made;
  const file = join(root, 'x.tar');
  const members = Object.entries(files).map(([path, content]) => ({ name: path, content }));
  await writeFile(file, await tarOf(...members));
  for (const [path, content] of Object.entries(live)) {
    await mkdir(dirname(join(media, path)), { recursive: true });
    await writeFile(join(media, path), content);
  }
  const request: MediaRestore = {
    file,
    mediaRoot: media,
    exclude: [],
    mode: 'replace',
    sessionKeys: await resources.sessionKeys(yes),
    dryRun: false,
  };
  const undos = (state: 'finished' | 'pending') => listUndo(home, [media], state);
  const text = (path: string) => readFileSync(join(media, path), 'utf8');
  /** What was unpacked, and the copies that a restore keeps. */
  const remains = async () => [
    ...(await made.leftovers()),
    ...(await readdir(root)).filter((one) => one.startsWith('.dbbackup-')),
    ...(await readdir(join(home, 'undo')).catch(() => [])),
  ];
  return { ...made, file, request, undos, text, remains };
}

describe('a restore of media files', () => {
  it('shows all that it will do before it does it, and answers with what it did', async () => {
    const { request, resources, media, undos, text, file, leftovers, root } = await backedUp(
      { 'media/a.txt': 'then', 'media/b.txt': 'then', 'media/own/c.txt': 'then' },
      { 'a.txt': 'now', 'z.txt': 'now' },
    );
    const asked: ConfirmQuestion[] = [];
    const task = testTask({
      confirm: async (question) => {
        asked.push(structuredClone(question));
        expect(text('a.txt')).toBe('now');
        return true;
      },
    });
    const answer = await restoreMedia({ ...request, exclude: [join(media, 'own')] }, resources, task);
    const warnings = [
      { code: 'prefix-removed', message: expect.any(String) },
      { code: 'left-out', message: expect.stringContaining('own/c.txt') },
    ];
    expect(asked).toEqual([
      {
        action: 'restore-media',
        target: media,
        from: 'x.tar',
        tables: [],
        files: {
          ...{ added: 1, replaced: 1, removed: 0 },
          paths: { added: ['b.txt'], replaced: ['a.txt'], removed: [] },
        },
        warnings,
      },
    ]);
    const [kept] = await undos('finished');
    expect(answer).toEqual({
      restored: { file, target: media, tables: 0, rows: 3 },
      changes: [],
      files: { added: 1, replaced: 1, removed: 0 },
      undo: kept?.id,
      warnings,
    });
    expect([text('a.txt'), text('z.txt')]).toEqual(['then', 'now']);
    expect(await undos('pending')).toEqual([]);
    expect(await leftovers()).toEqual([]);
    expect((await readdir(root)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('says of a dry run which files it would change, and leaves nothing of what it unpacked', async () => {
    const { request, resources, media, file, text, remains } = await backedUp(
      { 'a.txt': 'then' },
      { 'a.txt': 'now' },
    );
    const answer = await restoreMedia({ ...request, dryRun: true }, resources, testTask());
    expect(answer).toEqual({
      restored: { file, target: media, tables: 0, rows: 1 },
      changes: [],
      files: {
        ...{ added: 0, replaced: 1, removed: 0 },
        paths: { added: [], replaced: ['a.txt'], removed: [] },
      },
      undo: null,
      warnings: [],
    });
    expect(text('a.txt')).toBe('now');
    expect(await remains()).toEqual([]);
  });

  it('makes the media folder where it is missing', async () => {
    const { request, resources, media, text } = await backedUp({ 'a.txt': 'then' });
    rmSync(media, { recursive: true });
    await restoreMedia(request, resources, yes);
    expect(text('a.txt')).toBe('then');
  });

  it('is refused where its backup is gone', async () => {
    const { request, resources, file, remains } = await backedUp({ 'a.txt': 'then' });
    rmSync(file);
    await expect(restoreMedia(request, resources, yes)).rejects.toMatchObject({ code: 'no-such-file' });
    expect(await remains()).toEqual([]);
  });

  it('tells while it reads how far it is, and which file it is at, in one', async () => {
    const big = 'x'.repeat(1.5 * 2 ** 20);
    const { request, resources, file } = await backedUp({ 'a.bin': big, 'b.txt': 'small' });
    const task = testTask({ confirm: async () => true });
    await restoreMedia(request, resources, task);
    const total = readFileSync(file).length;
    const decoding = task.progress.filter(({ phase }) => phase === 'decoding');
    // How far ahead of what is unpacked the file is read is the system's business.
    expect(decoding[0]).toEqual({ phase: 'decoding', done: 2 ** 20, total, unit: 'bytes', item: 'x.tar' });
    expect(decoding.at(-1)).toEqual({ phase: 'decoding', done: total, total, unit: 'bytes', item: 'b.txt' });
    for (const step of decoding) expect(step).toMatchObject({ total, unit: 'bytes' });
    expect([...new Set(decoding.map(({ item }) => item))]).toEqual(['x.tar', 'a.bin', 'b.txt']);
    expect(task.progress.filter(({ phase }) => phase === 'committing')).toEqual([
      { phase: 'committing', done: 0, total: 2, unit: 'files', item: 'a.bin' },
      { phase: 'committing', done: 1, total: 2, unit: 'files', item: 'b.txt' },
    ]);
  });

  it.each(['cancelled', 'busy'] as const)(
    'that is stopped half-way (%s) brings the old files back, and has nothing to undo',
    async (code) => {
      const { request, resources, media, text, remains } = await backedUp(
        { 'a.txt': 'then', 'b.txt': 'then' },
        { 'a.txt': 'now', 'b.txt': 'now' },
      );
      const stop = new AbortController();
      const task = {
        ...testTask({ confirm: async () => true }, stop.signal),
        report: ({ phase, done }: Progress) => {
          if (phase !== 'committing') return;
          if (code === 'cancelled') stop.abort();
          else if (done === 1) writeFileSync(join(media, 'b.txt'), 'written by somebody');
        },
      };
      await expect(restoreMedia(request, resources, task)).rejects.toMatchObject({ code });
      expect(text('a.txt')).toBe('now');
      expect(await remains()).toEqual([]);
    },
  );

  it('that can bring the old files back only in part leaves them to the next start, which keeps them for undo', async () => {
    const { request, resources, media, text, undos } = await backedUp(
      { 'b.txt': 'then', 'deep/a.txt': 'then' },
      { 'b.txt': 'now', 'deep/a.txt': 'now' },
    );
    const task = {
      ...yes,
      report: ({ phase, item, total }: Progress) => {
        if (phase !== 'committing' || item !== 'deep/a.txt' || total !== 2) return;
        rmSync(join(media, 'deep'), { recursive: true });
        writeFileSync(join(media, 'deep'), 'written by somebody');
      },
    };
    await expect(restoreMedia(request, resources, task)).rejects.toMatchObject({ code: 'undo-impossible' });
    expect(text('b.txt')).toBe('now');
    const [kept] = await undos('pending');
    expect(kept).toMatchObject({ kind: 'media', before: 'x.tar' });
    await recoverMediaLocked(media, resources, yes);
    expect(await undos('pending')).toEqual([]);
    expect(await undos('finished')).toMatchObject([{ id: kept?.id }]);
    const old = join(kept?.copy ?? '', 'kept');
    expect((await readdir(old)).map((name) => readFileSync(join(old, name), 'utf8'))).toContain('now');
    expect(text('deep')).toBe('written by somebody');
  });

  it('taken back by what it belongs to leaves no copy, though it was cancelled', async () => {
    const { request, resources, text, undos, remains, media } = await backedUp(
      { 'a.txt': 'then', 'b.txt': 'then' },
      { 'a.txt': 'now' },
    );
    const stop = new AbortController();
    const task = testTask({}, stop.signal);
    await prepareMedia(request, resources, task, async ({ moveIn, takeBack }) => {
      const undo = await moveIn();
      expect([text('a.txt'), text('b.txt')]).toEqual(['then', 'then']);
      expect(await undos('pending')).toMatchObject([{ id: undo.id }]);
      stop.abort();
      const before = task.progress.length;
      await takeBack(undo);
      const told = task.progress.slice(before).filter(({ phase }) => phase === 'committing');
      expect(told.map(({ item }) => item)).toEqual(['b.txt', 'a.txt']);
    });
    expect(text('a.txt')).toBe('now');
    expect(existsSync(join(media, 'b.txt'))).toBe(false);
    expect(await remains()).toEqual([]);
  });
});
