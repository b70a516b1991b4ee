import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { changeEntry, listEntries } from '../../../src/core/backups/catalogue.ts';
import { drillDue, lastGoodDrill } from '../../../src/core/backups/drillDue.ts';
import type { BackupAsk, VerifyResult } from '../../../src/core/service.ts';
import { change } from '../../support/project.ts';
import { address, type ServiceProject, serviceProject } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const task = testTask();

async function made(project: ServiceProject, ask: Partial<BackupAsk> = {}): Promise<string> {
  const { backups } = await project.service.backup(
    { project: project.project(), what: 'database', ...ask },
    task,
  );
  return backups[0]?.path ?? '';
}

async function verified(project: ServiceProject, file: string, drill = false): Promise<VerifyResult> {
  const { results } = await project.service.verify({ project: project.project(), file, drill }, task);
  return results[0]!;
}

const checksOf = ({ checks }: VerifyResult) => checks.map(({ name, ok }) => [name, ok]);

describe('a look into a backup', () => {
  it.each([
    ['encrypted', {}],
    ['plain', { encrypt: false }],
    ['gzip in OpenPGP', { compress: true }],
    ['a snapshot', { format: 'snapshot' }],
  ] as const)('finds it right to its last row: %s', async (_name, ask) => {
    const project = await serviceProject();
    const path = await made(project, ask);
    const result = await verified(project, path);
    expect(checksOf(result)).toEqual([
      ['sha256', true],
      ['layers', true],
      ['database', true],
      ['record', true],
    ]);
    expect(result).toMatchObject({ ok: true, path });
    expect(result.checks.map(({ detail }) => detail)).toContainEqual('2 tables, 5 rows');
    expect(await project.leftovers()).toEqual([]);
    expect((await listEntries(project.home))[0]).not.toHaveProperty('drill');
  });

  it.each(['tar', 'zip'] as const)(
    'reads a %s of media files to its end, and counts them',
    async (archive) => {
      const project = await serviceProject();
      for (const name of ['a.txt', 'b.txt']) writeFileSync(join(project.media, name), name.repeat(500));
      const path = await made(project, { what: 'media', archive });
      expect(checksOf(await verified(project, path, true))).toEqual([
        ['sha256', true],
        ['layers', true],
        ['archive', true],
      ]);
      const bytes = readFileSync(path);
      bytes[bytes.length - 40]! ^= 1;
      writeFileSync(path, bytes);
      const damaged = await verified(project, path);
      expect(damaged.ok).toBe(false);
      expect(checksOf(damaged)).toEqual([
        ['sha256', false],
        ['content', false],
      ]);
    },
  );

  it('says what it found, layer by layer, and tells how far it is', async () => {
    const project = await serviceProject();
    const packed = await made(project, { compress: true });
    const looking = testTask();
    const { results } = await project.service.verify({ project: project.project(), file: packed }, looking);
    const { size } = statSync(packed);
    expect(results[0]?.checks).toEqual([
      { name: 'sha256', ok: true, detail: `the ${size} bytes that the catalogue has noted` },
      { name: 'layers', ok: true, detail: 'gz, gpg: read to the end, checksums right' },
      { name: 'database', ok: true, detail: '2 tables, 5 rows' },
      { name: 'record', ok: true, detail: 'every table has the rows its record says' },
    ]);
    expect(looking.progress).toContainEqual({
      phase: 'checking',
      done: size,
      unit: 'bytes',
      item: basename(packed),
    });
    expect(looking.progress).toContainEqual({
      phase: 'decoding',
      done: size,
      total: size,
      unit: 'bytes',
      item: basename(packed),
    });
    const plain = await made(project, { encrypt: false });
    expect((await verified(project, plain)).checks[1]?.detail).toBe('read to the end');
    mkdirSync(join(project.media, 'folder'));
    writeFileSync(join(project.media, 'folder/a.txt'), 'a');
    const media = await made(project, { what: 'media', archive: 'tar' });
    expect((await verified(project, media)).checks[2]).toEqual({
      name: 'archive',
      ok: true,
      detail: '1 files',
    });
  });

  it('is not misled by what is noted of another file', async () => {
    const project = await serviceProject();
    const path = await made(project, { encrypt: false });
    const copy = join(project.root, 'copy.dump');
    // As long and as old as the one that is noted, somewhere else.
    writeFileSync(copy, readFileSync(path, 'utf8').replace('Grace', 'Grice'));
    const { mtimeMs } = statSync(path);
    utimesSync(copy, mtimeMs / 1000, mtimeMs / 1000);
    expect(checksOf(await verified(project, copy))[0]).toEqual(['sha256', null]);
    // In its place, but neither as long nor as old.
    writeFileSync(path, `${readFileSync(path, 'utf8')}-- and more\n`);
    utimesSync(path, 5, 5);
    expect(checksOf(await verified(project, path))[0]).toEqual(['sha256', null]);
  });

  it('tells a file that was never noted here from one that was changed', async () => {
    const project = await serviceProject();
    const path = await made(project, { encrypt: false });
    const elsewhere = join(project.root, 'elsewhere.dump');
    writeFileSync(elsewhere, `${readFileSync(path, 'utf8')}\n`);
    expect(checksOf(await verified(project, elsewhere))[0]).toEqual(['sha256', null]);
    // Other bytes of the same length, and of the same time.
    const text = readFileSync(path, 'utf8');
    const [{ mtimeMs } = { mtimeMs: 0 }] = await listEntries(project.home);
    writeFileSync(path, text.replace('Grace', 'Grice'));
    expect(checksOf(await verified(project, path))[0]).toEqual(['sha256', false]);
    writeFileSync(path, text.replace('Grace', 'Gracious'));
    utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
    expect(checksOf(await verified(project, path))[0]).toEqual(['sha256', false]);
  });

  it('misses rows that a snapshot had when it was made', async () => {
    const project = await serviceProject();
    const path = await made(project, { encrypt: false, format: 'snapshot', compress: true });
    const image = join(project.root, 'image.sqlite3');
    writeFileSync(image, gunzipSync(readFileSync(path)));
    change(image, 'DELETE FROM note WHERE id = 5');
    writeFileSync(path, gzipSync(readFileSync(image)));
    await changeEntry(project.home, path, task.signal, (entry) => ({
      ...entry,
      facts: { tables: [{ name: 'note', rows: 3 }] },
    }));
    const result = await verified(project, path);
    expect(result.checks.at(-1)).toEqual({ name: 'record', ok: false, detail: 'note should have 3 rows' });
    expect(result.ok).toBe(false);
  });

  it('says that a foreign dump carries no record', async () => {
    const project = await serviceProject();
    const path = join(project.root, 'foreign.dump');
    writeFileSync(path, 'CREATE TABLE t(x);\nINSERT INTO t VALUES(1);\n');
    expect(checksOf(await verified(project, path)).at(-1)).toEqual(['record', null]);
  });

  it('says how far it came without the key, and is no verdict', async () => {
    const project = await serviceProject();
    const path = await made(project);
    await project.service.deleteKey({ key: address }, task);
    const result = await verified(project, path, true);
    expect(checksOf(result)).toEqual([
      ['sha256', true],
      ['content', null],
    ]);
    expect(result.ok).toBe(true);
    expect(result.checks[1]?.detail).toMatch(/key/);
    expect((await listEntries(project.home))[0]).not.toHaveProperty('drill');
  });

  it('is none with a wrong passphrase: that says nothing of the backup', async () => {
    const project = await serviceProject({ key: false });
    const owner = { name: 'Ops', email: address, algorithm: 'ecc', expires: 'never' } as const;
    await project.service.generateKey({ ...owner, passphrase: 'right' }, task);
    const file = await made(project);
    const wrong = testTask({ passphrase: async ({ attempt }) => (attempt > 1 ? undefined : 'wrong') });
    await expect(project.service.verify({ project: project.project(), file }, wrong)).rejects.toMatchObject({
      code: 'wrong-passphrase',
    });
  });

  it('takes the newest where none is named, or all, and says where there is none', async () => {
    const project = await serviceProject();
    const ask = { project: project.project() };
    await expect(project.service.verify(ask, task)).rejects.toMatchObject({ code: 'no-backups' });
    const [first, second] = [await made(project), await made(project)];
    expect((await project.service.verify(ask, task)).results.map(({ path }) => path)).toEqual([second]);
    expect(
      (await project.service.verify({ ...ask, all: true }, task)).results.map(({ path }) => path),
    ).toEqual([second, first]);
  });
});

describe('a drill', () => {
  it('restores it into a scratch database, and is noted with its end', async () => {
    const project = await serviceProject();
    const path = await made(project);
    const result = await verified(project, path, true);
    expect(checksOf(result).at(-1)).toEqual(['drill', true]);
    expect(result.checks.at(-1)?.detail).toBe('restored into a scratch database, integrity_check ok');
    const [entry] = await listEntries(project.home);
    expect(entry?.drill).toEqual({ date: expect.stringMatching(/^20/), ok: true });
    expect(await project.service.list({ project: project.project() }, task)).toMatchObject([
      { drill: { ok: true } },
    ]);
    expect(await readdir(join(project.home, 'work')).catch(() => [])).toEqual([]);
  });

  it('tells of rows whose parents are missing, as they were in the source', async () => {
    const project = await serviceProject();
    change(project.database, 'PRAGMA foreign_keys = off; DELETE FROM author WHERE id = 2');
    const result = await verified(project, await made(project), true);
    expect(result.ok).toBe(true);
    expect(result.checks.at(-1)?.detail).toMatch(/ok; 1 rows of note refer to rows of author/);
  });
});

describe('the drill of every N days', () => {
  const now = new Date('2026-11-23T12:00:00Z');

  async function due(project: ServiceProject, drillEveryDays: number | undefined, at = now) {
    const resources = { ...project.resources, now: () => at };
    const settings = drillEveryDays === undefined ? {} : { drillEveryDays };
    const keys = () => resources.sessionKeys(task);
    return drillDue(await project.detected(settings), keys, resources, task);
  }

  it('is made of the newest database where the days have passed, and not before', async () => {
    const project = await serviceProject();
    await made(project);
    const newest = await made(project);
    writeFileSync(join(project.media, 'a.txt'), 'a');
    await made(project, { what: 'media' });
    expect(await due(project, undefined)).toBeUndefined();
    expect(await due(project, 0)).toBeUndefined();
    expect(await due(project, 7)).toMatchObject({ path: newest, ok: true });
    const { backupsFolder } = await project.detected();
    expect(await lastGoodDrill(project.home, backupsFolder)).toBe(now.toISOString());
    const later = (days: number) => new Date(now.getTime() + days * 86_400_000);
    expect(await due(project, 7, later(6.99))).toBeUndefined();
    expect(await due(project, 7, later(7))).toMatchObject({ ok: true });
    expect(await lastGoodDrill(project.home, join(project.root, 'elsewhere'))).toBeNull();
  });

  it('is none where there is no backup, and comes again after one that went wrong', async () => {
    const project = await serviceProject();
    expect(await due(project, 7)).toBeUndefined();
    const path = await made(project, { encrypt: false });
    const whole = readFileSync(path, 'utf8');
    writeFileSync(path, whole.replace(/^INSERT INTO "note".*\n/m, ''));
    expect(await due(project, 7)).toMatchObject({ ok: false });
    writeFileSync(path, whole);
    expect(await due(project, 7)).toMatchObject({ ok: true });
  });

  it('is asked of the service as well', async () => {
    const project = await serviceProject({ settings: { drillEveryDays: 30 } });
    expect(await project.service.drillDue({ project: project.project() }, task)).toBeNull();
    const path = await made(project);
    expect(await project.service.drillDue({ project: project.project() }, task)).toMatchObject({ path });
    rmSync(path);
    expect(await project.service.drillDue({ project: project.project() }, task)).toBeNull();
  });
});
