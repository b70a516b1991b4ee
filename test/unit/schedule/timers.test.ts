import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { availableTimer, requireTimer, type TimerHost } from '../../../src/core/schedule/availableTimer.ts';
import {
  blockOf,
  readBlock,
  type TimerEntry,
  withBlock,
  withoutBlock,
} from '../../../src/core/schedule/crontab.ts';
import { readSchedule } from '../../../src/core/schedule/expression.ts';
import { expandFields } from '../../../src/core/schedule/fields.ts';
import { launchAgents } from '../../../src/core/schedule/launchAgent.ts';
import { launcherOf } from '../../../src/core/schedule/launcher.ts';
import { onCalendar, systemdUnits } from '../../../src/core/schedule/systemdTimer.ts';
import { scheduledTasks } from '../../../src/core/schedule/taskScheduler.ts';
import { scratchFolder } from '../../support/scratch.ts';

const launcher = launcherOf('/home/me/.local/share/dbbackup', '/srv/app', 'linux');
const entry = (cron: string, what: TimerEntry['what'] = 'all'): TimerEntry => ({
  schedule: readSchedule(cron, 'Europe/Berlin'),
  what,
});

describe('crontab', () => {
  const block = blockOf(launcher, [entry('0 0 * * *'), entry('30 12 * * MON', 'media')]);

  test('has a marked block with a line for each entry', () => {
    expect(block.split('\n')).toEqual([
      `# >>> DB Backup ${launcher.id}: written by "schedule install", removed by "schedule remove" >>>`,
      `0 0 * * * /bin/sh '${launcher.path}' all`,
      `30 12 * * MON /bin/sh '${launcher.path}' media`,
      `# <<< DB Backup ${launcher.id} <<<`,
      '',
    ]);
  });

  test.each([
    '',
    'MAILTO=me\n0 1 * * * mine\n',
    '# no final newline\n0 1 * * * mine',
    '\n\n',
    '0 1 * * * a\r\n',
  ])('leaves %j as it is', (mine) => {
    const ended = mine === '' || mine.endsWith('\n') ? mine : `${mine}\n`;
    const installed = withBlock(mine, launcher, [entry('0 0 * * *')]);
    expect(installed.startsWith(ended)).toBe(true);
    expect(withoutBlock(installed, launcher.id)).toBe(ended);
    expect(readBlock(installed, launcher.id)).toEqual([`0 0 * * * /bin/sh '${launcher.path}' all`]);
  });

  test('is replaced where it stands, and only for its project', () => {
    const other = launcherOf('/home/me/.local/share/dbbackup', '/srv/other', 'linux');
    const both = withBlock(withBlock('0 1 * * * a\n', launcher, [entry('0 0 * * *')]), other, [
      entry('0 0 * * *'),
    ]);
    const again = withBlock(`${both}0 2 * * * b\n`, launcher, [entry('5 5 * * *')]);
    expect(again.indexOf('5 5 * * *')).toBeLessThan(again.indexOf(other.id));
    expect(again.endsWith('0 2 * * * b\n')).toBe(true);
    expect(withoutBlock(withoutBlock(again, launcher.id), other.id)).toBe('0 1 * * * a\n0 2 * * * b\n');
  });

  test('a block that lost its end costs no line of the user', () => {
    const broken = `${block.split('\n')[0]}\n0 3 * * * mine\n`;
    expect(withoutBlock(broken, launcher.id)).toBe('0 3 * * * mine\n');
  });

  test('is taken as this project’s only as whole lines, at the end without a line break, too', () => {
    expect(withoutBlock('0 1 * * * a\n', launcher.id)).toBe('0 1 * * * a\n');
    const quoted = block.replaceAll('# ', '## ');
    expect(readBlock(quoted, launcher.id)).toBeUndefined();
    expect(withoutBlock(quoted, launcher.id)).toBe(quoted);
    const told = `echo ${block.split('\n')[0]} more\n`;
    expect(withoutBlock(told + block.trimEnd(), launcher.id)).toBe(told);
  });

  test('any lines of a user come through install and remove', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('0 1 * * * x', '', '# c', block.split('\n')[0] as string),
    );
    fc.assert(
      fc.property(
        fc.array(line.filter((one) => !one.includes('\n') && !one.includes(launcher.id))),
        (lines) => {
          const mine = lines.map((one) => `${one}\n`).join('');
          expect(withoutBlock(withBlock(mine, launcher, [entry('0 0 * * *')]), launcher.id)).toBe(mine);
        },
      ),
    );
  });

  test('a percent sign in a path is no line break', () => {
    const odd = launcherOf("/home/100% it's", '/srv/app', 'linux');
    const [line = ''] = readBlock(withBlock('', odd, [entry('0 0 * * *')]), odd.id) ?? [];
    expect(line).toContain(`'/home/100\\% it'\\''s/schedule/`);
  });

  test.each(['/home/a\nb', '/home/a\\%b'])('%j is refused', (home) => {
    expect(() => blockOf(launcherOf(home, '/srv/app', 'linux'), [entry('0 0 * * *')])).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
  });
});

describe('fields', () => {
  test.each([
    ['0 0 * * *', { minutes: [0], hours: [0], days: undefined, months: undefined, weekdays: undefined }],
    [
      '*/20 8-10 1,15 JAN,jun-aug MON-FRI',
      {
        minutes: [0, 20, 40],
        hours: [8, 9, 10],
        days: [1, 15],
        months: [1, 6, 7, 8],
        weekdays: [1, 2, 3, 4, 5],
      },
    ],
    ['0 0 * * 7', { weekdays: [0] }],
    ['0 0 * * SAT-SUN', { weekdays: [6, 0] }],
    ['5-59/25 0 * * *', { minutes: [5, 30, 55] }],
  ])('%s', (cron, fields) => {
    expect(expandFields(readSchedule(cron, 'UTC'))).toMatchObject(fields);
  });

  test('say the same moments as the expression', () => {
    const schedule = readSchedule('*/20 8-10 1,15 * MON', 'UTC');
    const { minutes, hours, days, weekdays } = expandFields(schedule);
    let at = new Date('2026-01-01T00:00:00Z');
    for (let count = 0; count < 300; count++) {
      at = schedule.next(at);
      expect(minutes).toContain(at.getUTCMinutes());
      expect(hours).toContain(at.getUTCHours());
      expect(days?.includes(at.getUTCDate()) || weekdays?.includes(at.getUTCDay())).toBe(true);
    }
  });
});

describe('systemd', () => {
  test.each([
    ['0 0 * * *', ['*-*-* 00:00:00 Europe/Berlin']],
    ['*/30 9 * * MON-FRI', ['Mon,Tue,Wed,Thu,Fri *-*-* 09:00,30:00 Europe/Berlin']],
    ['0 0 1 1,7 *', ['*-01,07-01 00:00:00 Europe/Berlin']],
    ['0 0 1 * 1', ['*-*-01 00:00:00 Europe/Berlin', 'Mon *-*-* 00:00:00 Europe/Berlin']],
  ])('%s', (cron, calendar) => {
    expect(onCalendar(entry(cron))).toEqual(calendar);
  });

  test('quotes the launcher', () => {
    const odd = launcherOf('/home/100% "$x" \\y', '/srv/app', 'linux');
    const [service, timer] = systemdUnits(odd, [entry('0 0 * * *')]);
    expect(service?.text).toContain('ExecStart=/bin/sh "/home/100%% \\"$$x\\" \\\\y/schedule/');
    expect(timer?.text).toContain('Persistent=true');
    expect(() => systemdUnits(launcherOf('/home/a\nb', '/x', 'linux'), [entry('0 0 * * *')])).toThrow(
      /line break/,
    );
  });
});

describe('launchd', () => {
  test('has an interval for each combination, and either of day and weekday', () => {
    const [agent] = launchAgents(launcherOf('/Users/a & b', '/srv/app', 'darwin'), [entry('0,30 9 1 * MON')]);
    expect(agent?.text.match(/<dict><key>/g)).toHaveLength(4);
    expect(agent?.text).toContain('/Users/a &amp; b/schedule/');
  });

  test('refuses what would be thousands', () => {
    expect(() => launchAgents(launcher, [entry('*/2 9-20 1-20 * *')])).toThrow(
      expect.objectContaining({ code: 'usage' }),
    );
  });
});

describe('Task Scheduler', () => {
  test('has a daily trigger', () => {
    const [task] = scheduledTasks(launcherOf('C:\\Ann & Bo', 'C:\\app', 'win32'), [entry('30 23 * * *')]);
    expect(task?.text).toContain(
      '<StartBoundary>2026-01-01T23:30:00</StartBoundary><ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>',
    );
    expect(task?.text).toContain('Ann &amp; Bo');
    expect(task?.text).toContain('<StartWhenAvailable>true</StartWhenAvailable>');
  });

  test('knows weeks and months', () => {
    const [task] = scheduledTasks(launcher, [entry('0 0 1 JAN,JUL MON')]);
    expect(task?.text).toContain('<DaysOfMonth><Day>1</Day></DaysOfMonth><Months><January/><July/></Months>');
    expect(task?.text).toContain('<ScheduleByMonthDayOfWeek>');
  });

  test.each([
    [
      '0 3 * * SAT,SUN',
      '<ScheduleByWeek><DaysOfWeek><Sunday/><Saturday/></DaysOfWeek><WeeksInterval>1</WeeksInterval>',
    ],
    [
      '0 3 1,15 * *',
      '<ScheduleByMonth><DaysOfMonth><Day>1</Day><Day>15</Day></DaysOfMonth><Months><January/>',
    ],
    ['0 3 * JUN *', '<Day>30</Day><Day>31</Day></DaysOfMonth><Months><June/></Months>'],
    ['0 * 2 * *', '<StartBoundary>2026-01-01T23:00:00</StartBoundary>'],
  ])('%s', (cron, words) => {
    expect(scheduledTasks(launcher, [entry(cron)])[0]?.text).toContain(words);
  });

  test('refuses more than 48 triggers', () => {
    for (const cron of ['*/5 * * * *', '* 3 * * *'])
      expect(() => scheduledTasks(launcher, [entry(cron)])).toThrow(/Task Scheduler/);
  });
});

describe('which timer there is', () => {
  const host = (more: Partial<TimerHost>): TimerHost => ({
    platform: 'linux',
    environment: { PATH: '' },
    workspace: '/nowhere',
    exists: () => false,
    processes: () => [],
    ...more,
  });

  async function withProgram(name: string): Promise<string> {
    const { chmod, writeFile } = await import('node:fs/promises');
    const folder = await scratchFolder();
    await writeFile(`${folder}/${name}`, '#!/bin/sh\n');
    await chmod(`${folder}/${name}`, 0o755);
    return folder;
  }

  test('cron that runs', async () => {
    const PATH = await withProgram('crontab');
    expect(await availableTimer(host({ environment: { PATH }, processes: () => ['cron'] }))).toEqual({
      kind: 'crontab',
      program: `${PATH}/crontab`,
    });
  });

  test('cron that does not run is none', async () => {
    const environment = { PATH: await withProgram('crontab') };
    const timer = await availableTimer(host({ environment }));
    expect(timer).toMatchObject({ kind: 'none', why: expect.stringMatching(/daemon does not run/) });
    expect(() => requireTimer(timer)).toThrow(/daemon does not run/);
  });

  test('a crontab that the workspace brings is none', async () => {
    const PATH = await withProgram('crontab');
    const timer = await availableTimer(
      host({ environment: { PATH }, workspace: PATH, processes: () => ['cron'] }),
    );
    expect(timer.kind).toBe('none');
  });

  test('systemd of the user, where cron is absent', async () => {
    const environment = { PATH: await withProgram('systemctl'), XDG_RUNTIME_DIR: '/run/user/1000' };
    const exists = (path: string) => path === '/run/systemd/system';
    expect((await availableTimer(host({ environment, exists }))).kind).toBe('systemd');
  });

  test.each<[string, Partial<TimerHost>]>([
    ['codespace', { environment: { PATH: '', CODESPACES: 'true' } }],
    ['WSL', { environment: { PATH: '', WSL_DISTRO_NAME: 'Ubuntu' } }],
    ['container', { exists: (path) => path === '/.dockerenv' }],
    ['neither cron nor', {}],
  ])('none in a %s', async (word, more) => {
    expect(await availableTimer(host(more))).toMatchObject({
      kind: 'none',
      why: expect.stringContaining(word),
    });
  });

  test('the others have theirs', async () => {
    expect((await availableTimer(host({ platform: 'darwin' }))).kind).toBe('launchd');
    expect((await availableTimer(host({ platform: 'win32' }))).kind).toBe('taskScheduler');
  });
});
