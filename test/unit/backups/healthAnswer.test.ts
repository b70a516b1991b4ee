import { mkdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { changeEntry } from '../../../src/core/backups/catalogue.ts';
import { frozenPath } from '../../../src/core/backups/due.ts';
import { freeze } from '../../../src/core/backups/frozenSettings.ts';
import { checkHealth, type HealthOptions } from '../../../src/core/backups/health.ts';
import { createResources, type Resources } from '../../../src/core/backups/resources.ts';
import { BackupError } from '../../../src/core/errors.ts';
import { detectProject } from '../../../src/core/project/detect.ts';
import type { Project, ProjectSettings } from '../../../src/core/project/project.ts';
import { launcherOf } from '../../../src/core/schedule/launcher.ts';
import { scratchFolder } from '../../support/scratch.ts';

/** What the disk says that it has room for; undefined where it says nothing. */
const disk = vi.hoisted((): { free: number | undefined } => ({ free: undefined }));
vi.mock('node:fs/promises', async (original) => ({
  ...(await original<typeof import('node:fs/promises')>()),
  statfs: async () => {
    if (disk.free === undefined) throw new Error('nobody knows');
    return { bavail: disk.free, bsize: 1 };
  },
}));

process.env.TZ = 'UTC';
beforeEach(() => {
  disk.free = 1e12;
});

const { signal } = new AbortController();
const dayMs = 86_400_000;
const now = new Date('2026-11-20T12:00:00Z');
const newest = 'default-host-2026-11-20-110000.dump.gpg';
const older = 'default-host-2026-11-19-110000.dump.gpg';
const media = 'host-2026-11-19-120000.tar.gpg';
const plain = 'default-host-2026-11-18-120000.dump';

/** A folder with a database and backups by their names. Times are UTC, and nothing is wrong with it by itself. */
async function house(files: string[], settings: ProjectSettings = {}) {
  const root = await scratchFolder();
  const [folder, backups] = [join(root, 'project'), join(root, 'project', 'backups')];
  await mkdir(backups, { recursive: true });
  await writeFile(join(folder, 'db.sqlite3'), 'SQLite format 3\0');
  for (const name of files) await writeFile(join(backups, name), name);
  const environment = { DBBACKUP_HOME: join(root, 'home'), PATH: '' };
  const request = { folder, settings: { encrypt: false, ...settings, folder: 'backups' } };
  const found = await detectProject(request, { environment, signal });
  const project: Project = { ...found, timeZone: 'UTC', warnings: [], recipients: [] };
  const clock = { now };
  const resources: Resources = { ...createResources(environment), now: () => clock.now };
  const health = (more: Partial<Project> = {}, options: HealthOptions = {}, other: Partial<Resources> = {}) =>
    checkHealth({ ...project, ...more }, { ...resources, ...other }, options);
  return {
    folder,
    backups,
    project,
    resources,
    clock,
    home: resources.home,
    health,
    problems: async (...asked: Parameters<typeof health>) => (await health(...asked)).problems,
    drilled: async (ok: boolean, ...names: string[]) => {
      for (const name of names)
        await changeEntry(resources.home, join(backups, name), signal, (entry) => ({
          ...entry,
          drill: { date: now.toISOString(), ok },
        }));
    },
    install: async (frozen: object) => {
      await mkdir(join(resources.home, 'schedule'), { recursive: true });
      await writeFile(frozenPath(launcherOf(resources.home, folder)), JSON.stringify(frozen));
    },
  };
}

describe('the health of backups', () => {
  it('is without a problem where nothing is wrong', async () => {
    const { health, drilled } = await house([newest]);
    await drilled(true, newest);
    expect(await health()).toStrictEqual({
      problems: [],
      lastBackup: '2026-11-20T11:00:00.000Z',
      lastDrill: now.toISOString(),
      nextRun: null,
      schedule: [],
      missed: [],
      timerInstalled: false,
      timerLog: null,
      copies: [],
      freeBytes: 1e12,
    });
    expect((await health({ encrypt: true })).problems).toEqual([]);
  });

  it('is nothing but that there is none where there is no backup', async () => {
    const { problems, backups } = await house([]);
    expect(await problems()).toEqual([
      { code: 'no-backup', message: `There is no backup in ${backups}.`, hint: expect.any(String) },
    ]);
  });

  it('has the warnings of the project first', async () => {
    const { problems } = await house([]);
    const warnings = [{ code: 'git-tracked', message: 'Git tracks it.' }];
    expect((await problems({ warnings })).map(({ code }) => code)).toEqual(['git-tracked', 'no-backup']);
  });

  it('tells of one plain backup among encrypted ones', async () => {
    const { problems, drilled } = await house([newest, plain]);
    await drilled(true, newest);
    expect((await problems()).map(({ code }) => code)).toEqual(['not-encrypted']);
  });
});

describe('the schedule in the answer', () => {
  const schedule = [
    { cron: '0 18 * * *', what: 'database' as const },
    { cron: '0 13 * * *', what: 'media' as const },
  ];

  it('is every run in words, and the next of all of them', async () => {
    const { health } = await house([newest, media], { schedule });
    expect(await health()).toMatchObject({
      nextRun: '2026-11-20T13:00:00.000Z',
      schedule: [
        { ...schedule[0], words: 'At 18:00, every day' },
        { ...schedule[1], words: 'At 13:00, every day' },
      ],
      timerInstalled: false,
    });
    const german = await health({}, { language: 'de' });
    expect(german.schedule.map(({ words }) => words)).toEqual(['Um 18:00, jeden Tag', 'Um 13:00, jeden Tag']);
  });

  it('names the log of the timer, once there is one', async () => {
    const { health, home, folder } = await house([newest]);
    const { log } = launcherOf(home, folder);
    await mkdir(join(home, 'logs'), { recursive: true });
    expect((await health()).timerLog).toBeNull();
    await writeFile(log, 'It ran.');
    expect((await health()).timerLog).toBe(log);
  });

  it('of a timer is as it was installed, and compared with what the folder itself says, unless all is known', async () => {
    const { problems, project, resources, install, drilled } = await house([newest]);
    await drilled(true, newest);
    await install(await freeze(project, resources));
    expect(await problems({}, { whole: true })).toEqual([]);
    expect(await problems({ format: 'snapshot' })).toEqual([]);
    expect(await problems({ format: 'snapshot' }, { whole: true })).toMatchObject([
      { code: 'timer-stale', settings: ['format'] },
    ]);
    // What is set in the editor may be missing in the folder, and the other way round.
    const settings = { ...project.settings, format: 'snapshot' as const };
    expect(await problems({ settings, format: 'snapshot' })).toMatchObject([{ code: 'timer-stale' }]);
  });
});

describe('drills', () => {
  it('that failed are told of their own backups', async () => {
    const { problems, drilled } = await house([newest, older, media]);
    await drilled(false, older);
    await drilled(true, newest);
    expect(await problems()).toMatchObject([{ code: 'drill-failed', file: older }]);
  });

  it('are never overdue where no days are set', async () => {
    const { problems, drilled, clock, project } = await house([newest]);
    await drilled(true, newest);
    clock.now = new Date(now.getTime() + 400 * dayMs);
    expect(await problems()).toEqual([]);
    const settings = { ...project.settings, drillEveryDays: 0 };
    expect(await problems({ settings })).toEqual([]);
    expect(await problems({ settings: { ...settings, drillEveryDays: 400 } })).toEqual([]);
    expect(await problems({ settings: { ...settings, drillEveryDays: 399 } })).toMatchObject([
      { code: 'drill-overdue', date: now.toISOString(), message: expect.stringContaining('400 days ago') },
    ]);
  });
});

describe('the room on the disk', () => {
  const low = async (sizes: Record<string, number>, free: number | undefined) => {
    const { health, backups, drilled } = await house(Object.keys(sizes));
    for (const [name, bytes] of Object.entries(sizes)) await truncate(join(backups, name), bytes);
    await drilled(true, ...Object.keys(sizes).filter((name) => name.startsWith('default')));
    disk.free = free;
    const { problems, freeBytes } = await health();
    expect(freeBytes).toBe(free ?? null);
    return problems.map(({ code }) => code);
  };

  it.each<[string, Record<string, number>, number | undefined, boolean]>([
    ['is just enough for five more', { [newest]: 1000 }, 5000, false],
    ['is a byte short of five more', { [newest]: 1000 }, 4999, true],
    ['is enough for the newest, not for an older one', { [newest]: 10, [older]: 1000 }, 4999, false],
    ['is enough for an older one, not for the newest', { [newest]: 1000, [older]: 10 }, 4999, true],
    ['is enough for each kind, not for all', { [newest]: 1000, [media]: 1000 }, 9999, true],
    ['is enough for all kinds', { [newest]: 1000, [media]: 1000 }, 10_000, false],
    ['is none, for backups that take none', { [newest]: 0 }, 0, false],
    ['is not known', { [newest]: 1000 }, undefined, false],
  ])('%s', async (_what, sizes, free, expected) => {
    expect(await low(sizes, free)).toEqual(expected ? ['disk-low'] : []);
  });
});

describe('the keys that the next backup is encrypted to', () => {
  const recipients = ['ops@example.org'];

  it('are told a month before they expire, by their day', async () => {
    const { problems, resources, drilled, clock } = await house([newest]);
    await drilled(true, newest);
    const keyring = await resources.keyring();
    const key = { name: 'Ops', email: 'ops@example.org', algorithm: 'ecc', passphrase: '' } as const;
    const { info } = await keyring.generate({ ...key, expires: '60d' });
    const expires = info.expires ?? '';
    clock.now = new Date(Date.parse(expires) - 30 * dayMs - 1000);
    expect(await problems({ encrypt: true, recipients })).toEqual([]);
    clock.now = new Date(Date.parse(expires) - 30 * dayMs);
    expect(await problems({ encrypt: true, recipients })).toEqual([
      {
        code: 'key-expires',
        message: `The key ${info.fingerprint} (ops@example.org) expires on ${expires.slice(0, 10)}.`,
        hint: expect.any(String),
      },
    ]);
  });

  it('are told, each with what to do, where they cannot be found; what is no fault of theirs is not kept back', async () => {
    const { problems, drilled } = await house([newest]);
    await drilled(true, newest);
    const others = [...recipients, 'lead@example.org'];
    expect(await problems({ encrypt: true, recipients: others })).toMatchObject(
      others.map((who) => ({
        code: 'unknown-recipient',
        message: expect.stringContaining(who),
        hint: expect.stringContaining('dbbackup keys'),
      })),
    );
    const failing = (error: Error) =>
      problems(
        { encrypt: true, recipients },
        {},
        { keyring: async () => ({ find: () => Promise.reject(error) }) as never },
      );
    expect(await failing(new BackupError('failed', 'The keyring is damaged.'))).toStrictEqual([
      { code: 'failed', message: 'The keyring is damaged.' },
    ]);
    await expect(failing(new TypeError('odd'))).rejects.toThrow(TypeError);
  });
});
