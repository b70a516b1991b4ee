import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { availableTimer, requireTimer, thisHost } from '../../../src/core/schedule/availableTimer.ts';
import { readSchedule } from '../../../src/core/schedule/expression.ts';
import { writeLauncher } from '../../../src/core/schedule/launcher.ts';
import { openTimer } from '../../../src/core/schedule/systemTimer.ts';
import { canMount } from '../../support/canMount.ts';
import { bodiesIn, notes, recipient, testProject } from '../../support/project.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { programPath } from '../../support/servers/daemon.ts';

const programs = ['cron', 'crontab', 'unshare', 'nsenter'];
const missing =
  programs.find((name) => programPath(name) === undefined) ??
  (canMount() ? undefined : 'root, for a cron of its own');

describe.skipIf(missing !== undefined)(`cron${missing === undefined ? '' : ` (needs ${missing})`}`, () => {
  let cron: ChildProcess;

  /** A cron in a mount namespace of its own: nobody's real crontab is read or written. */
  beforeAll(async () => {
    const script = [
      'mount -t tmpfs tmpfs /run',
      'mount -t tmpfs tmpfs /var/spool/cron',
      'mkdir -m 1730 /var/spool/cron/crontabs',
      'chgrp crontab /var/spool/cron/crontabs',
      'exec cron -f',
    ];
    const path = `${process.env.PATH}:/usr/sbin:/sbin`;
    cron = spawn('unshare', ['-m', 'sh', '-ec', script.join('; ')], {
      stdio: 'ignore',
      env: { ...process.env, PATH: path },
    });
    for (let tries = 0; tries < 100; tries++) {
      const name = await readFile(`/proc/${cron.pid}/comm`, 'utf8').catch(() => '');
      if (name.trim() === 'cron') break;
      await delay(20);
    }
    // cron looks at whole seconds: what is written in the second of its start it does not notice.
    await delay(1100);
    console.log(`schedule: ${execFileSync('dpkg-query', ['-W', 'cron']).toString().trim()}`);
  });
  afterAll(() => void cron?.kill('SIGKILL'));

  test('takes a block in among the lines of a user, runs it, and gives it back', {
    timeout: 110_000,
  }, async () => {
    const folder = await scratchFolder();
    const bin = join(folder, 'bin');
    await mkdir(bin);
    const inside = `#!/bin/sh\nexec nsenter -t ${cron.pid} -m -- ${programPath('crontab')} "$@"\n`;
    await writeFile(join(bin, 'crontab'), inside);
    await chmod(join(bin, 'crontab'), 0o755);
    const environment = { PATH: `${bin}:${process.env.PATH}`, HOME: folder };
    const crontab = (args: string[], input = '') =>
      execFileSync(join(bin, 'crontab'), args, { input }).toString();
    const mine = 'MAILTO=""\n# mine, with 100% of it\n0 1 1 1 * true % input\n';

    const found = requireTimer(await availableTimer(thisHost(environment, join(folder, 'workspace'))));
    expect(found.kind).toBe('crontab');
    const timer = openTimer(found, environment);
    const root = join(folder, "pro ject 100% it's");
    const told = join(folder, 'told');
    const dist = join(folder, 'dbbackup.vscode-dbbackup-1.0.0', 'dist');
    await mkdir(dist, { recursive: true });
    const write = `require('fs').writeFileSync(${JSON.stringify(told)}, JSON.stringify({ args: process.argv.slice(2), path: process.env.PATH }))`;
    await writeFile(join(dist, 'cli.js'), write);
    const launcher = await writeLauncher({
      home: join(folder, "ho me 100% it's"),
      root,
      cli: join(dist, 'cli.js'),
      runtimes: [{ path: process.execPath, electron: false }],
      args: ['--project', root, 'backup'],
      environment: { PATH: '/frozen:/usr/bin:/bin' },
    });
    expect(await timer.installed(launcher)).toBeUndefined();
    crontab(['-'], mine);
    const entries = [{ schedule: readSchedule('* * * * *', 'UTC'), what: 'database' as const }];
    await timer.install(launcher, entries);
    await timer.install(launcher, entries);
    expect(await timer.installed(launcher)).toHaveLength(1);
    expect(crontab(['-l'])).toBe(mine + timer.preview(launcher, entries));

    const project = await testProject();
    const ours = project.cliWith(environment);
    await mkdir(join(project.folder, '.vscode'));
    const settings = (recipients: string[]) =>
      writeFile(
        join(project.folder, '.vscode', 'settings.json'),
        JSON.stringify({ 'dbbackup.recipients': recipients }),
      );
    expect((await ours('schedule', 'install', '--yes', '--json')).json.error.code).toBe('no-recipient');
    await settings([recipient]);
    expect((await ours('schedule', 'install', '--json')).json.error.code).toBe('not-confirmed');
    const installed = await ours('schedule', 'install', '--cron', '* * * * *', '--yes', '--json');
    expect(installed.json, installed.stderr).toMatchObject({
      timer: { kind: 'crontab' },
      installed: [expect.stringContaining('* * * * * /bin/sh')],
    });
    // What the project says from now on does not count.
    await settings(['eve@example.org']);

    for (let tries = 0; tries < 1000 && !existsSync(told); tries++) await delay(100);
    expect(JSON.parse(await readFile(told, 'utf8'))).toEqual({
      args: ['--project', root, 'backup', 'database'],
      path: '/frozen:/usr/bin:/bin',
    });
    expect(await readFile(launcher.log, 'utf8')).toContain('backup of database');

    const listed = async () => (await ours('list', '--json')).json.backups ?? [];
    for (let tries = 0; tries < 100 && (await listed()).length === 0; tries++) await delay(100);
    const [made] = await listed();
    expect(made, await readFile(installed.json.log, 'utf8')).toMatchObject({
      kind: 'database',
      encrypted: true,
    });
    const { recipients } = (await ours('keys', 'recipients', made?.path ?? '', '--json')).json as unknown as {
      recipients: { userId: string }[];
    };
    expect(recipients).toMatchObject([{ userId: expect.stringContaining(recipient) }]);
    expect((await ours('restore', made?.path ?? '', '--into', join(folder, 'back.sqlite3'))).exit).toBe(0);
    expect(bodiesIn(join(folder, 'back.sqlite3'))).toEqual(notes);
    expect((await ours('health', '--json')).stdout).not.toContain('schedule-failed');
    expect((await ours('schedule', 'remove', '--json')).json).toMatchObject({ removed: [expect.anything()] });

    await timer.remove(launcher);
    expect(crontab(['-l'])).toBe(mine);
  });
});
