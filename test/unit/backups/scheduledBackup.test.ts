import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { changeEntry, writeEntry } from '../../../src/core/backups/catalogue.ts';
import { drillDue, lastGoodDrill } from '../../../src/core/backups/drillDue.ts';
import { pruneScheduled } from '../../../src/core/backups/pruneScheduled.ts';
import { createResources, type Resources } from '../../../src/core/backups/resources.ts';
import { runScheduled } from '../../../src/core/backups/runScheduled.ts';
import { runOnce } from '../../../src/core/backups/scheduledRuns.ts';
import { detectProject } from '../../../src/core/project/detect.ts';
import type { ProjectSettings } from '../../../src/core/project/project.ts';
import type { BackupAnswer, BackupAsk, ScheduledBackup } from '../../../src/core/service.ts';
import type { ConfirmQuestion } from '../../../src/core/task.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { startScriptedServer } from '../../support/servers/scriptedSftpServer.ts';
import { testTask } from '../../support/task.ts';

process.env.TZ = 'UTC';

const { signal } = new AbortController();
const at = (time: string) => new Date(`2026-11-20T${time}:00Z`);
const database = (cron: string): ScheduledBackup => ({ cron, what: 'database' });

/** What the system's timer does with these settings, for a project whose last run was made at some time. */
async function timer(frozen: object, lastRun?: Date) {
  const root = await scratchFolder();
  const folder = join(root, 'project');
  const clock = { now: lastRun ?? at('12:00') };
  const resources = { ...createResources({ DBBACKUP_HOME: join(root, 'home') }), now: () => clock.now };
  const path = join(root, 'frozen.json');
  await writeFile(path, JSON.stringify(frozen));
  const earlier = { root: folder, what: 'database' as const, due: undefined };
  if (lastRun) await runOnce(earlier, resources, testTask(), async () => 'made');
  const asked: BackupAsk[] = [];
  const answer: BackupAnswer = { backups: [], warnings: [{ code: 'clock-behind', message: 'Late.' }] };
  const backup = async (ask: BackupAsk) => {
    asked.push(ask);
    return answer;
  };
  const comesAt = (now: Date, what: ScheduledBackup['what'] = 'database') => {
    clock.now = now;
    return runScheduled({ folder, frozen: path, what }, backup, resources, testTask());
  };
  return { folder, asked, answer, comesAt };
}

describe('the backup that a timer comes for', () => {
  it('is made with the settings that the timer was installed with, and answered as it was made', async () => {
    const settings = { folder: 'elsewhere', schedule: [database('0 3 * * *')] };
    const { folder, asked, answer, comesAt } = await timer(settings);
    expect(await comesAt(at('12:00'))).toBe(answer);
    expect(asked).toEqual([{ project: { folder, settings }, what: 'database' }]);
  });

  it('is not made twice, which is no failure', async () => {
    const { asked, comesAt } = await timer({ schedule: [database('0 3 * * *')] }, at('04:00'));
    expect(await comesAt(at('12:00'))).toEqual({ backups: [], warnings: [] });
    expect(asked).toEqual([]);
  });

  it.each<[string, ScheduledBackup[], number]>([
    ['the last of several times', [database('0 12 * * *'), database('0 3 * * *')], 1],
    ['the last of several times, in order', [database('0 3 * * *'), database('0 12 * * *')], 1],
    ['several times before the last run', [database('0 3 * * *'), database('30 3 * * *')], 0],
    ['times of its own kind', [database('0 3 * * *'), { cron: '0 12 * * *', what: 'media' }], 0],
    ['no times of its kind', [{ cron: '0 3 * * *', what: 'media' }], 1],
  ])('is due by %s', async (_what, schedule, times) => {
    const { asked, comesAt } = await timer({ schedule }, at('04:00'));
    await comesAt(at('12:30'));
    expect(asked).toHaveLength(times);
  });

  it('is made for a timer whose settings name no times, as a timer of its own cron is', async () => {
    const { asked, comesAt } = await timer({}, at('04:00'));
    await comesAt(at('04:01'));
    expect(asked).toHaveLength(1);
  });

  it('is due by a time that has come, beside one that never has', async () => {
    const schedule = [database('0 0 1 5 *'), database('0 0 29 2 *')];
    const { asked, comesAt } = await timer({ schedule }, new Date('1971-05-02T00:00:00Z'));
    await comesAt(new Date('1971-06-01T00:00:00Z'));
    expect(asked).toEqual([]);
  });
});

/** A folder with backups by their names, and a remote. */
async function house(files: string[], settings: ProjectSettings = {}) {
  const root = await scratchFolder();
  const [backups, nas] = [join(root, 'backups'), join(root, 'nas')];
  for (const folder of [backups, nas]) await mkdir(folder);
  await writeFile(join(root, 'db.sqlite3'), 'SQLite format 3\0');
  for (const file of files) await writeFile(join(backups, file), file);
  const environment = { DBBACKUP_HOME: join(root, 'home'), HOME: root, PATH: '' };
  const remotes = [{ name: 'nas', type: 'folder', path: nas }];
  const request = { folder: root, settings: { folder: 'backups', remotes, ...settings } };
  const project = await detectProject(request, { environment, signal });
  const resources = { ...createResources(environment), now: () => at('12:00') };
  return { root, home: resources.home, backups, project, resources };
}

const newer = 'db-host-2026-11-19-120000.dump.gpg';
const older = 'db-host-2026-11-18-120000.dump.gpg';

describe('what is pruned after a scheduled backup', () => {
  const settings = { pruneScheduled: true, retention: { keepLast: 1, monthly: 0 } };
  const made = {
    backups: [{ file: newer }],
    warnings: [{ code: 'clock-behind', message: 'Late.' }],
  } as unknown as BackupAnswer;

  it('is told beside what the backup itself had to say, and of the folder alone where nothing is copied', async () => {
    const { project, resources } = await house([newer, older], settings);
    expect(await pruneScheduled(made, project, resources, testTask())).toEqual({
      backups: made.backups,
      warnings: made.warnings,
      pruned: [older],
    });
  });

  it('ends where somebody breaks it off, and is no warning then', async () => {
    const { project, resources } = await house([newer], { ...settings, copyTo: ['nas'] });
    const controller = new AbortController();
    controller.abort();
    const task = testTask({}, controller.signal);
    await expect(pruneScheduled(made, project, resources, task)).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('does not hide a mistake of ours', async () => {
    const { project, resources } = await house([newer, older], settings);
    const now = () => {
      throw new TypeError('odd');
    };
    const odd: Resources = { ...resources, now };
    await expect(pruneScheduled(made, project, odd, testTask())).rejects.toThrow(TypeError);
  });

  it('was agreed to by the setting, which has not agreed to trust a host that is not known', async () => {
    const server = await startScriptedServer();
    onTestFinished(() => server.stop());
    const web = { name: 'web', type: 'sftp', host: '127.0.0.1', port: server.port, user: 'me', path: '/b' };
    const { project, resources } = await house([newer], { ...settings, copyTo: ['web'], remotes: [web] });
    const asked: ConfirmQuestion[] = [];
    const task = testTask({ confirm: async (question) => asked.push(question) < 1 });
    const { warnings } = await pruneScheduled(made, project, resources, task);
    expect(asked).toMatchObject([{ action: 'trust', tables: [], warnings: [] }]);
    expect(warnings.map(({ code }) => code)).toEqual(['clock-behind', 'not-pruned']);
    expect(server.asked).toEqual([]);
  });
});

describe('the last drill that went well', () => {
  const drilled = (folder: string, name: string, date: Date, ok = true) => ({
    sha256: name.repeat(64),
    bytes: 1,
    path: join(folder, `${name}.dump.gpg`),
    mtimeMs: 1,
    facts: {},
    drill: { date: date.toISOString(), ok },
  });

  it.each([
    ['first', ['11:00', '09:00', '10:00']],
    ['last', ['09:00', '10:00', '11:00']],
    ['between', ['09:00', '11:00', '10:00']],
  ])('is the newest, though noted %s', async (_where, times) => {
    const home = await scratchFolder();
    for (const [index, time] of times.entries())
      await writeEntry(home, drilled('/b', 'abc'[index] ?? '', at(time)));
    await writeEntry(home, drilled('/b', 'd', at('12:00'), false));
    await writeEntry(home, drilled('/elsewhere', 'e', at('12:00')));
    expect(await lastGoodDrill(home, '/b')).toBe(at('11:00').toISOString());
    expect(await lastGoodDrill(home, '/none')).toBeNull();
  });

  it('says when the next is due, of a database and never of media files', async () => {
    const { project, resources, home, backups } = await house([newer], { drillEveryDays: 1 });
    const keysAsked = () => Promise.reject(new Error('a drill'));
    const due = (files = project) => drillDue(files, keysAsked, resources, testTask());
    await expect(due()).rejects.toThrow('a drill');
    const last = async (date: Date) =>
      changeEntry(home, join(backups, newer), signal, (entry) => ({
        ...entry,
        drill: { date: date.toISOString(), ok: true },
      }));
    await last(new Date('2026-11-19T12:00:01Z'));
    expect(await due()).toBeUndefined();
    await last(new Date('2026-11-19T12:00:00Z'));
    await expect(due()).rejects.toThrow('a drill');
    expect(await due({ ...project, settings: {} })).toBeUndefined();
    const media = await house(['host-2026-11-19-120000.tar.gpg'], { drillEveryDays: 1 });
    expect(await due(media.project)).toBeUndefined();
  });
});
