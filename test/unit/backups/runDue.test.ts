import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { frozenPath } from '../../../src/core/backups/due.ts';
import { createResources } from '../../../src/core/backups/resources.ts';
import { runDue } from '../../../src/core/backups/runDue.ts';
import { runScheduled } from '../../../src/core/backups/runScheduled.ts';
import { BackupError } from '../../../src/core/errors.ts';
import { detectProject } from '../../../src/core/project/detect.ts';

import { systemTimeZone } from '../../../src/core/schedule/expression.ts';
import { launcherOf } from '../../../src/core/schedule/launcher.ts';
import type { BackupAnswer, BackupAsk, ScheduledBackup } from '../../../src/core/service.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const { signal } = new AbortController();
const hourMs = 3_600_000;

process.env.TZ = 'Europe/Berlin';

/** A project whose clock is set by the test, and whose backups are files with that clock's time in their names. */
async function house(schedule: ScheduledBackup[]) {
  const root = await scratchFolder();
  const folder = join(root, 'project');
  const backups = join(folder, 'backups');
  await mkdir(backups, { recursive: true });
  await writeFile(join(folder, 'db.sqlite3'), 'SQLite format 3\0');
  const environment = { DBBACKUP_HOME: join(root, 'home'), PATH: '' };
  const request = { folder, settings: { schedule, folder: 'backups' } };
  const project = { ...(await detectProject(request, { environment, signal })), timeZone: 'UTC' };
  const clock = { now: new Date('2027-12-31T12:00:00Z') };
  const resources = { ...createResources(environment), now: () => clock.now };
  const made: string[] = [];
  const backup = async ({ what }: BackupAsk): Promise<BackupAnswer> => {
    const stamp = clock.now
      .toISOString()
      .replace(/(\d\d):(\d\d):(\d\d).*/, '$1$2$3')
      .replace('T', '-');
    if (what !== 'media') await writeFile(join(backups, `db-host-${stamp}.dump.gpg`), what);
    if (what !== 'database') await writeFile(join(backups, `host-${stamp}.tar.gpg`), what);
    made.push(`${what} ${clock.now.toISOString()}`);
    return { backups: [], warnings: [] };
  };
  const due = (work = backup) => runDue({ request, project }, work, resources, testTask());
  const forget = async () => {
    for (const name of (await readdir(backups)).sort().slice(0, -4)) await rm(join(backups, name));
  };
  return { folder, home: resources.home, resources, clock, made, backup, due, forget };
}

test('a leap year in Berlin: one run a night, over both changes of the clock, and one after each sleep', {
  timeout: 60_000,
}, async () => {
  expect(systemTimeZone()).toBe('Europe/Berlin');
  const { clock, made, due, forget } = await house([{ cron: '30 2 * * *', what: 'database' }]);
  await due();
  made.length = 0;
  const end = new Date('2028-12-31T12:00:00Z');
  let slept = 0;
  for (let night = 1; clock.now < end; night++) {
    const { next } = await due();
    expect(next && new Date(next) > clock.now).toBe(true);
    clock.now = new Date(next ?? end);
    // Every so many nights the lid is closed for four days and an hour.
    if (night % 29 === 0) {
      clock.now = new Date(clock.now.getTime() + 97 * hourMs + 17_000);
      slept++;
    }
    // Now and then a second window asks at the same moment: one of the two waits for the other.
    if (clock.now < end) await Promise.all(night % 30 === 7 ? [due(), due()] : [due()]);
    await forget();
  }
  expect(slept).toBe(11);
  // 366 nights, of which each sleep passes over four: the run at its end makes up for the last of them.
  expect(made).toHaveLength(366 - slept * 4);
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' });
  const days = made.map((run) => day.format(new Date(run.split(' ')[1] ?? '')));
  expect(new Set(days).size).toBe(days.length);
  expect(made).toContain('database 2028-02-29T01:30:00.000Z');
  expect(made).toContain('database 2028-03-26T01:00:00.000Z');
  expect(made).toContain('database 2028-10-29T00:30:00.000Z');
});

test('one that failed waits for its next time', async () => {
  const { clock, made, due } = await house([{ cron: '0 * * * *', what: 'database' }]);
  const fails = () => Promise.reject(new BackupError('disk-full', 'No room.'));
  await expect(due(fails)).rejects.toThrow('No room');
  await due();
  expect(made).toEqual([]);
  clock.now = new Date(clock.now.getTime() + hourMs);
  await due();
  expect(made).toHaveLength(1);
});

test('what backs up everything makes up for its parts', async () => {
  const { made, due } = await house([
    { cron: '0 * * * *', what: 'database' },
    { cron: '0 12 * * *', what: 'all' },
  ]);
  await due();
  expect(made.map((run) => run.split(' ')[0])).toEqual(['all']);
});

test("the system's timer goes first, and the editor makes up for it where it did not", async () => {
  const { clock, made, due, home, folder, backup, resources } = await house([]);
  const frozen = frozenPath(launcherOf(home, folder));
  await mkdir(join(home, 'schedule'), { recursive: true });
  await writeFile(frozen, JSON.stringify({ schedule: [{ cron: '0 * * * *', what: 'database' }] }));
  await utimes(frozen, new Date('2100-01-01T09:30:00Z'), new Date('2100-01-01T09:30:00Z'));
  const later = (ms: number) => new Date(Date.parse('2100-01-01T10:00:00Z') + ms);
  clock.now = later(0);
  await due();
  expect(made).toEqual([]);
  const timer = { folder, frozen, what: 'database' as const };
  await runScheduled(timer, backup, resources, testTask());
  clock.now = later(180_000);
  await due();
  expect(made).toHaveLength(1);
  clock.now = later(hourMs + 180_000);
  await due();
  await runScheduled(timer, backup, resources, testTask());
  expect(made).toHaveLength(2);
});

test('what each run pruned is told together, and what fails for no reason of ours is not kept back', async () => {
  const { clock, due } = await house([
    { cron: '0 * * * *', what: 'database' },
    { cron: '0 * * * *', what: 'media' },
  ]);
  const pruning = async ({ what }: BackupAsk): Promise<BackupAnswer> => ({
    backups: [],
    warnings: [],
    pruned: [`old ${what}`],
  });
  expect((await due(pruning)).pruned).toEqual(['old database', 'old media']);
  clock.now = new Date(clock.now.getTime() + hourMs);
  await expect(due(() => Promise.reject(new TypeError('odd')))).rejects.toThrow(TypeError);
  clock.now = new Date(clock.now.getTime() + hourMs);
  const busy = new BackupError('busy', 'Another run is at work.');
  expect((await due(() => Promise.reject(busy))).backups).toEqual([]);
});
