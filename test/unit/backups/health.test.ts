import { mkdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { changeEntry } from '../../../src/core/backups/catalogue.ts';
import { frozenPath } from '../../../src/core/backups/due.ts';
import { freeze } from '../../../src/core/backups/frozenSettings.ts';
import { checkHealth } from '../../../src/core/backups/health.ts';
import { noteCopy } from '../../../src/core/backups/remoteCopies.ts';
import { createResources } from '../../../src/core/backups/resources.ts';
import { runOnce } from '../../../src/core/backups/scheduledRuns.ts';
import { removeSchedules } from '../../../src/core/backups/schedules.ts';
import { BackupError } from '../../../src/core/errors.ts';
import { revokeKey } from '../../../src/core/keys/changeKey.ts';
import type { Keyring } from '../../../src/core/keys/keyring.ts';
import { detectProject } from '../../../src/core/project/detect.ts';
import type { ProjectSettings } from '../../../src/core/project/project.ts';
import { launcherOf } from '../../../src/core/schedule/launcher.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const { signal } = new AbortController();
const at = (hour: string) => new Date(`2026-11-20T${hour}:00Z`);

/** A folder with a database, backups by their names, and a clock that can be set. Times are UTC. */
async function house(settings: ProjectSettings, files: string[] = []) {
  const root = await scratchFolder();
  const folder = join(root, 'project');
  const backups = join(folder, 'backups');
  await mkdir(backups, { recursive: true });
  await writeFile(join(folder, 'db.sqlite3'), 'SQLite format 3\0');
  const environment = { DBBACKUP_HOME: join(root, 'home'), PATH: '' };
  const found = await detectProject(
    { folder, settings: { ...settings, folder: 'backups' } },
    { environment, signal },
  );
  const project = { ...found, timeZone: 'UTC', warnings: [], recipients: [] };
  const resources = { ...createResources(environment), now: () => clock };
  let clock = at('12:00');
  const add = (name: string) => writeFile(join(backups, name), name);
  for (const name of files) await add(name);
  return {
    folder,
    backups,
    project,
    resources,
    home: resources.home,
    add,
    set: (now: Date) => {
      clock = now;
    },
    health: () => checkHealth(project, resources),
    codes: async () => (await checkHealth(project, resources)).problems.map(({ code }) => code),
  };
}

const noon = { cron: '0 12 * * *', what: 'database' as const };
const old = 'default-host-2026-11-19-120000.dump.gpg';
const oldMedia = 'host-2026-11-19-120000.tar.gpg';

process.env.TZ = 'UTC';

describe('a scheduled backup', () => {
  test('that is late by minutes is no news, and missed after that, be it only one', async () => {
    const { set, codes, add } = await house({ schedule: [noon] }, [old]);
    set(at('12:10'));
    expect(await codes()).not.toContain('backup-overdue');
    set(at('12:20'));
    expect(await codes()).toContain('backup-overdue');
    await add('default-host-2026-11-20-121900.dump.gpg');
    expect(await codes()).not.toContain('backup-overdue');
  });

  test('is not made up for by a backup of another kind', async () => {
    const { set, codes, add } = await house({ schedule: [noon] }, [old]);
    await add('host-2026-11-20-120000.tar.gpg');
    set(at('13:00'));
    expect(await codes()).toContain('backup-overdue');
    const all = await house({ schedule: [{ ...noon, what: 'all' }] }, [old, oldMedia]);
    await all.add('default-host-2026-11-20-120000.dump.gpg');
    all.set(at('13:00'));
    expect(await all.codes()).toContain('backup-overdue');
    await all.add('host-2026-11-20-120000.tar.gpg');
    expect(await all.codes()).not.toContain('backup-overdue');
  });

  test('of an installed timer counts, whatever the settings say since, and from its installation on', async () => {
    const { set, codes, health, home, folder } = await house({}, [old]);
    const launcher = launcherOf(home, folder);
    await mkdir(join(home, 'schedule'), { recursive: true });
    await writeFile(frozenPath(launcher), JSON.stringify({ schedule: [noon] }));
    await utimes(frozenPath(launcher), at('11:00'), at('11:00'));
    set(at('11:30'));
    expect(await codes()).not.toContain('backup-overdue');
    expect(await health()).toMatchObject({ nextRun: at('12:00').toISOString(), timerInstalled: true });
    set(at('13:00'));
    expect(await codes()).toContain('backup-overdue');
    await utimes(frozenPath(launcher), at('12:30'), at('12:30'));
    expect(await codes()).not.toContain('backup-overdue');
  });

  test('of a timer that was installed with other settings is told, with what changed since', async () => {
    const { folder, home, project, resources } = await house({ copyTo: ['nas'] }, [old]);
    await resources.keyring().then((keyring) =>
      keyring.generate({
        name: 'O',
        email: 'o@example.org',
        algorithm: 'ecc',
        expires: 'never',
        passphrase: '',
      }),
    );
    const path = frozenPath(launcherOf(home, folder));
    await mkdir(join(home, 'schedule'), { recursive: true });
    const current = { ...project, encrypt: true, recipients: ['o@example.org'] };
    await writeFile(path, JSON.stringify({ ...(await freeze(current, resources)), schedule: [noon] }));
    const stale = async (changed: object, whole: boolean) =>
      (await checkHealth({ ...current, ...changed }, resources, { whole })).problems.find(
        ({ code }) => code === 'timer-stale',
      )?.settings;
    expect(await stale({}, true)).toBeUndefined();
    expect(await stale({ format: 'snapshot' }, true)).toEqual(['format']);
    // The command line does not know what stands in the editor's own settings.
    expect(await stale({ format: 'snapshot' }, false)).toBeUndefined();
    const settings = { ...project.settings, copyTo: [], schedule: [{ ...noon, cron: '0 3 * * *' }] };
    expect(await stale({ settings }, false)).toEqual(['copyTo', 'schedule']);
    await resources.keyring().then((keyring) =>
      keyring.generate({
        name: 'P',
        email: 'p@example.org',
        algorithm: 'ecc',
        expires: 'never',
        passphrase: '',
      }),
    );
    expect(await stale({ recipients: ['p@example.org', 'o@example.org'] }, true)).toEqual(['recipients']);
  });

  test('dated ahead by a wrong clock does not hide what was missed', async () => {
    const { set, codes } = await house({ schedule: [noon] }, [
      old,
      'default-host-2031-01-01-000000.dump.gpg',
    ]);
    set(at('13:00'));
    expect(await codes()).toContain('backup-overdue');
  });
});

describe('a run', () => {
  const run = (root: string, due?: Date) => ({ root, what: 'database' as const, due });

  test('that failed is told until a later backup is there', async () => {
    const { codes, resources, folder, add, set } = await house({ schedule: [noon] }, [old]);
    const fails = () => Promise.reject(new BackupError('disk-full', 'No room.'));
    await expect(runOnce(run(folder), resources, testTask(), fails)).rejects.toThrow('No room');
    set(at('13:00'));
    expect(await codes()).toEqual(expect.arrayContaining(['schedule-failed']));
    expect(await codes()).not.toContain('backup-overdue');
    await add('default-host-2026-11-20-125900.dump.gpg');
    expect(await codes()).not.toContain('schedule-failed');
  });

  test('that was killed does not pass for the one before it', async () => {
    const { codes, resources, folder, home } = await house({ schedule: [noon] }, [old]);
    await runOnce(run(folder), resources, testTask(), async () => 'made');
    const path = join(home, 'schedule', `${launcherOf(home, folder).id}.runs.json`);
    const killed = {
      date: at('12:00').toISOString(),
      pid: 4_194_999,
      host: hostname(),
    };
    await writeFile(path, JSON.stringify({ database: { ...killed, identity: '' } }));
    expect(await codes()).toContain('schedule-interrupted');
  });

  test('is forgotten with its schedule', async () => {
    const { codes, resources, folder, project } = await house({ schedule: [noon] }, [old]);
    const fails = () => Promise.reject(new BackupError('disk-full', 'No room.'));
    await expect(runOnce(run(folder), resources, testTask(), fails)).rejects.toThrow();
    await removeSchedules(project, resources);
    expect(await codes()).not.toContain('schedule-failed');
  });

  test('is made once, however many timers call for it at once', async () => {
    const { resources, folder } = await house({});
    let made = 0;
    const work = async () => ++made;
    const runs = Array.from({ length: 5 }, () =>
      runOnce(run(folder, at('12:00')), resources, testTask(), work),
    );
    await Promise.all(runs);
    expect(made).toBe(1);
    await runOnce(run(folder, at('12:01')), resources, testTask(), work);
    expect(made).toBe(2);
  });
});

describe('a copy elsewhere', () => {
  const remotes = [{ name: 'nas', type: 'folder', path: '/mnt/nas' }];

  test('is wanted of the newest of each kind, and known once it was made', async () => {
    const { codes, backups, resources, health, add } = await house({ remotes, copyTo: ['nas'] }, [
      old,
      oldMedia,
    ]);
    expect(await codes()).toContain('not-copied');
    await noteCopy('nas', join(backups, old), resources, testTask());
    expect((await health()).problems).toEqual(
      expect.arrayContaining([expect.objectContaining({ message: expect.stringContaining(oldMedia) })]),
    );
    await noteCopy('nas', join(backups, oldMedia), resources, testTask());
    expect(await codes()).not.toContain('not-copied');
    expect((await health()).copies).toEqual([
      { remote: 'nas', backups: 2, newest: '2026-11-19T12:00:00.000Z' },
    ]);
    await add('default-host-2026-11-20-110000.dump.gpg');
    expect(await codes()).toContain('not-copied');
  });

  test('is missed where a schedule has no remote', async () => {
    expect(await (await house({ schedule: [noon] }, [old])).codes()).toContain('no-remote');
    expect(await (await house({}, [old])).codes()).not.toContain('no-remote');
  });
});

describe('a drill', () => {
  const drilled = (home: string, path: string, date: Date, ok = true) =>
    changeEntry(home, path, signal, (entry) => ({ ...entry, drill: { date: date.toISOString(), ok } }));

  test('is wanted, and wanted again after the days that the setting says', async () => {
    const { codes, backups, home, set } = await house({ drillEveryDays: 7 }, [old]);
    expect(await codes()).toContain('never-proved');
    await drilled(home, join(backups, old), at('12:00'));
    expect(await codes()).not.toContain('never-proved');
    set(new Date('2026-11-27T13:00:00Z'));
    expect(await codes()).not.toContain('drill-overdue');
    set(new Date('2026-11-28T13:00:00Z'));
    expect(await codes()).toContain('drill-overdue');
  });

  test('counts although its backup is gone by now', async () => {
    const { codes, backups, home, add } = await house({}, [old]);
    await drilled(home, join(backups, old), at('12:00'));
    await rm(join(backups, old));
    await add('default-host-2026-11-20-110000.dump.gpg');
    expect(await codes()).not.toContain('never-proved');
  });

  test('that failed is told; media files are not drilled', async () => {
    const { codes, backups, home, health, add } = await house({}, [old]);
    const newer = 'default-host-2026-11-20-110000.dump.gpg';
    await add(newer);
    expect((await health()).lastBackup).toBe(at('11:00').toISOString());
    await drilled(home, join(backups, newer), at('12:00'), false);
    expect(await codes()).toContain('drill-failed');
    expect((await health()).lastBackup).toBe('2026-11-19T12:00:00.000Z');
    expect(await (await house({}, [oldMedia])).codes()).not.toContain('never-proved');
  });
});

describe('a key', () => {
  const codes = async (encrypt: boolean, make: (keyring: Keyring) => Promise<unknown>) => {
    const { project, resources, set } = await house({}, [old]);
    set(new Date());
    await make(await resources.keyring());
    const { problems } = await checkHealth(
      { ...project, encrypt, recipients: ['ops@example.org'] },
      resources,
    );
    return problems.map(({ code }) => code).filter((code) => /recipient|key/.test(code));
  };
  const key = { name: 'Ops', email: 'ops@example.org', algorithm: 'ecc', passphrase: '' } as const;

  test('that nothing can be encrypted to is told before a backup fails of it, and one that soon expires', async () => {
    expect(await codes(true, (keyring) => keyring.generate({ ...key, expires: 'never' }))).toEqual([]);
    expect(await codes(true, (keyring) => keyring.generate({ ...key, expires: '20d' }))).toEqual([
      'key-expires',
    ]);
    expect(await codes(true, async () => undefined)).toEqual(['unknown-recipient']);
    expect(await codes(false, async () => undefined)).toEqual([]);
    const twice = async (keyring: Keyring) => {
      for (let made = 0; made < 2; made++) await keyring.generate({ ...key, expires: 'never' });
    };
    expect(await codes(true, twice)).toEqual(['ambiguous-recipient']);
    const revoked = async (keyring: Keyring) =>
      revokeKey(keyring, await keyring.generate({ ...key, expires: 'never' }), testTask().ask);
    expect(await codes(true, revoked)).toEqual(['revoked-recipient']);
  });
});

describe('the backups as they lie there', () => {
  test('are missed where there is none, and told where anybody could read them', async () => {
    const none = await house({});
    expect(await none.codes()).toContain('no-backup');
    expect(await none.health()).toMatchObject({ lastBackup: null, nextRun: null, timerLog: null });
    const plain = await house({}, ['default-host-2026-11-19-120000.dump']);
    expect(await plain.codes()).toContain('not-encrypted');
    expect(await plain.codes()).not.toContain('no-backup');
  });

  test('need room for a few more of the newest', async () => {
    const made = await house({}, [old]);
    expect(await made.codes()).not.toContain('disk-low');
    const { freeBytes } = await made.health();
    await truncate(join(made.backups, old), Math.ceil((freeBytes ?? 0) / 4));
    expect(await made.codes()).toContain('disk-low');
  });
});
