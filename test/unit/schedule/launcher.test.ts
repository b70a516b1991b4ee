import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type LauncherRequest,
  launcherOf,
  powerShellLauncher,
  shellLauncher,
  writeLauncher,
} from '../../../src/core/schedule/launcher.ts';
import { scratchFolder } from '../../support/scratch.ts';

/** Writes a command line that tells how it was called. */
async function fakeCli(folder: string, version: string): Promise<string> {
  const dist = join(folder, `dbbackup.vscode-dbbackup-${version}`, 'dist');
  await mkdir(dist, { recursive: true });
  const path = join(dist, 'cli.js');
  const told = `{ version: ${JSON.stringify(version)}, args: process.argv.slice(2), path: process.env.PATH, home: process.env.DBBACKUP_HOME, odd: process.env.ODD }`;
  await writeFile(path, `console.log('ran ' + JSON.stringify(${told}))`);
  return path;
}

function request(folder: string, cli: string, more: Partial<LauncherRequest> = {}): LauncherRequest {
  return {
    home: join(folder, 'home'),
    root: '/srv/app',
    cli,
    runtimes: [{ path: process.execPath, electron: false }],
    args: ['--project', '/srv/app', 'backup'],
    environment: { PATH: '/usr/bin:/bin' },
    ...more,
  };
}

/** Runs it as cron would, and gives back what the command line told in the log. */
async function run(asked: LauncherRequest, what = 'all') {
  const launcher = await writeLauncher(asked, 'linux');
  const { status } = spawnSync('/bin/sh', [launcher.path, what], { env: {}, cwd: '/' });
  const log = await readFile(launcher.log, 'utf8').catch(() => '');
  const told = /^ran (.*)$/m.exec(log)?.[1];
  return { launcher, status, log, told: told === undefined ? undefined : JSON.parse(told) };
}

test('runs the command line with what was frozen', async () => {
  const folder = await scratchFolder();
  const { told, status, launcher } = await run(request(folder, await fakeCli(folder, '1.2.3')), 'database');
  expect(status).toBe(0);
  expect(told).toMatchObject({
    args: ['--project', '/srv/app', 'backup', 'database'],
    path: '/usr/bin:/bin',
    home: join(folder, 'home'),
  });
  expect((await stat(launcher.path)).mode & 0o777).toBe(0o700);
});

test('finds the newest version after an update, by number and not by letter', async () => {
  const folder = await scratchFolder();
  const old = await fakeCli(folder, '1.9.0');
  for (const version of ['1.10.0-linux-x64', '1.2.0']) await fakeCli(folder, version);
  await rm(join(old, '..', '..'), { recursive: true });
  expect((await run(request(folder, old))).told.version).toBe('1.10.0-linux-x64');
});

test('goes on to the next runtime, and says when there is none', async () => {
  const folder = await scratchFolder();
  const cli = await fakeCli(folder, '1.0.0');
  const old = join(folder, 'old-node');
  await writeFile(old, '#!/bin/sh\nexit 1\n');
  await chmod(old, 0o700);
  const gone = { path: join(folder, 'gone'), electron: true };
  const tried = [gone, { path: old, electron: false }];
  const found = await run(
    request(folder, cli, { runtimes: [...tried, { path: process.execPath, electron: false }] }),
  );
  expect(found.told).toBeDefined();
  const none = await run(request(folder, cli, { root: '/other', runtimes: tried }));
  expect(none.status).toBe(1);
  expect(none.log).toMatch(/Neither VS Code nor Node\.js/);
});

test('a runtime whose folder changes with an update is found again', async () => {
  const folder = await scratchFolder();
  const server = join(folder, 'servers', 'Stable-b c', 'server');
  await mkdir(server, { recursive: true });
  await writeFile(join(server, 'node'), `#!/bin/sh\nexec '${process.execPath}' "$@"\n`);
  await chmod(join(server, 'node'), 0o700);
  const runtimes = [{ path: join(folder, 'servers', '*', 'server', 'node'), electron: false }];
  expect((await run(request(folder, await fakeCli(folder, '1.0.0'), { runtimes }))).told).toBeDefined();
});

test('VS Code is started as Node', async () => {
  const folder = await scratchFolder();
  const code = join(folder, 'code');
  await writeFile(
    code,
    `#!/bin/sh\n[ "$ELECTRON_RUN_AS_NODE" = 1 ] || exit 1\nexec '${process.execPath}' "$@"\n`,
  );
  await chmod(code, 0o700);
  const runtimes = [{ path: code, electron: true }];
  expect((await run(request(folder, await fakeCli(folder, '1.0.0'), { runtimes }))).told).toBeDefined();
});

test('says when the extension is gone', async () => {
  const folder = await scratchFolder();
  const { status, log } = await run(request(folder, join(folder, 'x-1.0.0', 'dist', 'cli.js')));
  expect(status).toBe(1);
  expect(log).toMatch(/not installed any more/);
});

test('starts nothing but the three kinds of backup', async () => {
  const folder = await scratchFolder();
  const { status, told } = await run(request(folder, await fakeCli(folder, '1.0.0')), '--help');
  expect(status).toBe(2);
  expect(told).toBeUndefined();
});

test('a log that has grown long begins anew', async () => {
  const folder = await scratchFolder();
  const asked = request(folder, await fakeCli(folder, '1.0.0'));
  const { log } = launcherOf(asked.home, asked.root);
  await mkdir(join(log, '..'), { recursive: true });
  await writeFile(log, 'x'.repeat(1_100_000));
  expect((await run(asked)).log.length).toBeLessThan(2000);
  expect((await stat(`${log}.1`)).size).toBe(1_100_000);
});

const odd = [
  'a b',
  "it's",
  '"q"',
  '$HOME',
  '$(touch hacked)',
  '`touch hacked`',
  '100%',
  'a;touch hacked',
  'a\\b',
  '*',
  'ü🗝',
  '-n',
  '!x',
];

describe('no path becomes a command', () => {
  test.each(odd)('%j', async (name) => {
    const folder = join(await scratchFolder(), name === '*' ? 'star' : name);
    await mkdir(folder, { recursive: true });
    const root = `/srv/${name}`;
    const asked = request(folder, await fakeCli(folder, '1.0.0'), {
      root,
      args: ['--project', root],
      environment: { PATH: '/usr/bin:/bin', ODD: name },
    });
    const { told, launcher } = await run(asked);
    expect(told).toMatchObject({ args: ['--project', root, 'all'], home: join(folder, 'home'), odd: name });
    expect(launcher.id).toMatch(/^[0-9a-f]{12}$/);
    await expect(stat(join(folder, 'home', 'hacked'))).rejects.toThrow();
  });

  test.each(['a\nb', 'a\rb', 'a\u0000b', 'a\u2028b'])('%j is refused', (name) => {
    const launcher = launcherOf('/home/me', name);
    for (const asked of [
      request('/home/me', '/x-1.0.0/dist/cli.js', { root: name }),
      request('/home/me', '/x-1.0.0/dist/cli.js', { args: [name] }),
      request(`/home/${name}`, '/x-1.0.0/dist/cli.js'),
      request('/home/me', `/${name}/dist/cli.js`),
      request('/home/me', '/x/cli.js', { runtimes: [{ path: `/${name}`, electron: false }] }),
    ]) {
      for (const write of [shellLauncher, powerShellLauncher])
        expect(() => write(asked, launcher)).toThrow(expect.objectContaining({ code: 'usage' }));
    }
  });
});

test('the launcher is what every POSIX shell reads', async () => {
  const folder = await scratchFolder();
  const launcher = await writeLauncher(request(folder, await fakeCli(folder, '1.0.0')), 'linux');
  for (const shell of ['/bin/sh', '/bin/bash']) execFileSync(shell, ['-n', launcher.path]);
  await copyFile(launcher.path, join(folder, 'copy.sh'));
});

test('on Windows every word is a literal of PowerShell', () => {
  const asked = request('C:\\Users\\Ann', "C:\\Ann's\\x-1.0.0\\dist\\cli.js", {
    root: 'C:\\app',
    args: ['--project', "C:\\it's $x `y"],
  });
  const text = powerShellLauncher(asked, launcherOf(asked.home, asked.root, 'win32'));
  expect(text.startsWith('\ufeff')).toBe(true);
  expect(text).toContain("@('--project', 'C:\\it''s $x `y')");
});

test('on Windows a launcher is written for PowerShell, VS Code is started as Node, and a star alone is a pattern', async () => {
  const home = await scratchFolder();
  const asked = request(home, 'C:\\x[1]-1.0.0\\dist\\cli.js', {
    runtimes: [
      { path: 'C:\\Code\\*\\Code.exe', electron: true },
      { path: 'C:\\node.exe', electron: false },
    ],
  });
  const launcher = await writeLauncher(asked, 'win32');
  expect(launcher.path).toMatch(/\.ps1$/);
  const text = await readFile(launcher.path, 'utf8');
  expect(text).toContain("$runtimes = @(@('C:\\Code\\*\\Code.exe', '1'), @('C:\\node.exe', ''))");
  expect(text).toContain("$cli = Newest @('C:\\x`[1`]-1.0.0\\dist\\cli.js')");
});

test('what is no name of a variable is frozen by neither', () => {
  const asked = request('/home/me', '/x/cli.js', { environment: { 'A;rm': 'x' } });
  for (const write of [shellLauncher, powerShellLauncher])
    expect(() => write(asked, launcherOf('/home/me', '/srv/app'))).toThrow('"A;rm" is no name of a variable');
});
