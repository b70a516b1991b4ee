import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ProjectSettings } from '../../../src/core/project/project.ts';
import type { TimerHost } from '../../../src/core/schedule/availableTimer.ts';
import type { ConfirmQuestion } from '../../../src/core/task.ts';
import { address, serviceProject } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

/** The system that the tests say they run on. */
let system: Partial<TimerHost> = {};
vi.mock('../../../src/core/schedule/availableTimer.ts', async (original) => ({
  ...(await original<typeof import('../../../src/core/schedule/availableTimer.ts')>()),
  thisHost: (environment: NodeJS.ProcessEnv, workspace: string): TimerHost => ({
    platform: 'linux',
    environment,
    workspace,
    exists: () => false,
    processes: () => ['cron'],
    ...system,
  }),
}));

beforeEach(() => {
  system = {};
});

const runner = { cli: '/opt/dbbackup/dist/cli.js', runtimes: [{ path: process.execPath, electron: false }] };

/** A project on a system whose crontab is a file beside it. */
async function scheduled(settings: ProjectSettings = {}) {
  const made = await serviceProject({ settings });
  const bin = join(made.root, 'bin');
  mkdirSync(bin);
  const tool = (name: string, script: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  const tab = join(made.root, 'tab');
  tool(
    'crontab',
    `if [ "$1" = -l ]; then [ -f '${tab}' ] || { echo "no crontab for me" >&2; exit 1; }; cat '${tab}'; else cat > '${tab}'; fi`,
  );
  tool('systemctl', ':');
  // The service reads the environment it was made with.
  Object.assign(made.resources.environment, { PATH: `${bin}:/usr/bin:/bin` });
  const { createService } = await import('../../../src/core/createService.ts');
  const environment = {
    ...made.resources.environment,
    DBBACKUP_HOME: made.home,
    GNUPGHOME: join(made.root, 'gnupg'),
  };
  const service = createService({ environment, workspace: () => [], trustProject: true });
  const asked: ConfirmQuestion[] = [];
  let agrees = true;
  const task = testTask({
    confirm: async (question) => {
      asked.push(question);
      return agrees;
    },
  });
  const ask = { project: made.project(), language: undefined };
  return {
    ...made,
    service,
    task,
    ask,
    asked,
    disagree: () => {
      agrees = false;
    },
    tab: () => (existsSync(tab) ? readFileSync(tab, 'utf8') : ''),
    install: (schedules?: { cron: string; what: 'database' | 'media' | 'all' }[]) =>
      service.installSchedules({ ...ask, schedules, runner } as never, task),
  };
}

describe.skipIf(process.platform === 'win32')('a schedule', () => {
  it('by default is every night, of all there is', async () => {
    const { service, ask, task } = await scheduled();
    expect(await service.schedules(ask, task)).toMatchObject({
      timer: { kind: 'crontab' },
      schedules: [{ cron: '0 0 * * *', what: 'all' }],
      installed: null,
      byDefault: true,
      warnings: [],
    });
    const without = { ...ask.project, settings: { ...ask.project.settings, mediaRoot: '' } };
    const { schedules } = await service.schedules({ ...ask, project: without }, task);
    expect(schedules.map(({ what }) => what)).toEqual(['database']);
  });

  it('is shown and asked about before it is installed, with the settings as they are then', async () => {
    const schedule = [{ cron: '30 2 * * MON-FRI', what: 'database' as const }];
    const { service, ask, task, asked, tab, install, home } = await scheduled({
      schedule,
      format: 'snapshot',
    });
    const answer = await install();
    const [question] = asked;
    expect(question).toMatchObject({ action: 'schedule', from: ask.project.folder });
    expect(tab()).toBe(question?.target);
    expect(answer).toMatchObject({
      installed: [expect.stringMatching(/^30 2 \* \* MON-FRI \/bin\/sh '.*' database$/)],
      schedules: [{ cron: '30 2 * * MON-FRI', what: 'database' }],
      byDefault: false,
    });
    const frozen = JSON.parse(
      readFileSync(answer.log.replace('/logs/schedule-', '/schedule/').replace('.log', '.json'), 'utf8'),
    );
    expect(frozen).toMatchObject({
      schedule,
      format: 'snapshot',
      recipients: [expect.stringMatching(/^[0-9A-F]{40}$/)],
    });
    const launcher = answer.log.replace('/logs/schedule-', '/schedule/').replace('.log', '.sh');
    expect(statSync(launcher).mode & 0o777).toBe(0o700);
    expect(readFileSync(launcher, 'utf8')).toContain(`GNUPGHOME='`);
    // What the settings say from now on does not count, until it is installed again.
    const changed = ask.project;
    changed.settings = { ...changed.settings, schedule: [{ cron: '0 5 * * *', what: 'all' }] };
    expect((await service.schedules({ ...ask, project: changed }, task)).schedules).toMatchObject([
      { cron: '30 2 * * MON-FRI' },
    ]);
    const { removed } = await service.removeSchedules({ project: changed }, task);
    expect(removed).toHaveLength(1);
    expect(tab()).toBe('');
    expect(existsSync(launcher)).toBe(false);
    expect(await service.removeSchedules({ project: changed }, task)).toEqual({ removed: [] });
    expect((await service.schedules({ ...ask, project: changed }, task)).schedules).toMatchObject([
      { cron: '0 5 * * *' },
    ]);
    expect(home).toBeTruthy();
  });

  it('that is not agreed to, cannot be read, or has nothing to back up or nobody to encrypt to is not installed', async () => {
    const { install, disagree, tab, ask, service, task } = await scheduled();
    await expect(install([{ cron: 'often', what: 'database' }])).rejects.toMatchObject({ code: 'usage' });
    const nobody = { ...ask.project, settings: { ...ask.project.settings, recipients: [] } };
    await expect(
      service.installSchedules({ ...ask, project: nobody, runner } as never, task),
    ).rejects.toMatchObject({ code: 'no-recipient' });
    const nowhere = { ...ask.project, settings: { ...ask.project.settings, mediaRoot: '' } };
    const media = [{ cron: '0 0 * * *', what: 'media' as const }];
    await expect(
      service.installSchedules({ ...ask, project: nowhere, schedules: media, runner } as never, task),
    ).rejects.toMatchObject({ code: 'media-root-missing' });
    disagree();
    await expect(install()).rejects.toMatchObject({ code: 'not-confirmed' });
    expect(tab()).toBe('');
  });

  it('has no place where the system has no timer', async () => {
    const { service, ask, task, install } = await scheduled();
    system = { processes: () => [], environment: { PATH: '' } };
    expect(await service.schedules(ask, task)).toMatchObject({
      timer: { kind: 'none', why: expect.stringContaining('neither cron nor'), hint: expect.any(String) },
      installed: null,
    });
    await expect(install()).rejects.toMatchObject({ code: 'failed' });
    expect(await service.removeSchedules({ project: ask.project }, task)).toEqual({ removed: [] });
  });

  it('says what a timer cannot do: ask for a password, run while nobody is logged in', async () => {
    const ftp = (name: string, user: string) => ({
      name,
      type: 'ftp',
      host: 'ftp.example.org',
      user,
      path: '/',
    });
    const { asked, install } = await scheduled({
      remotes: [ftp('nas', 'me'), ftp('open', 'anonymous'), ftp('other', 'me')],
      copyTo: ['nas', 'open'],
    });
    system = { processes: () => [], exists: (path) => path === '/run/systemd/system' };
    system.environment = {
      ...process.env,
      XDG_RUNTIME_DIR: '/run/user/1',
      PATH: join((await scheduled()).root, 'bin'),
    };
    await install();
    expect(asked[0]?.warnings.map(({ code, message }) => [code, message.split(' ')[0]])).toEqual([
      ['password-needed', 'nas'],
      ['only-logged-in', 'systemd'],
    ]);
    expect(address).toBeTruthy();
  });
});
