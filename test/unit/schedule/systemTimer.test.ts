import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TimerKind } from '../../../src/core/schedule/availableTimer.ts';
import type { TimerEntry } from '../../../src/core/schedule/crontab.ts';
import { readSchedule } from '../../../src/core/schedule/expression.ts';
import { launcherOf } from '../../../src/core/schedule/launcher.ts';
import { windowsArgument } from '../../../src/core/schedule/quote.ts';
import { runTool } from '../../../src/core/schedule/runTool.ts';
import { openTimer } from '../../../src/core/schedule/systemTimer.ts';
import { scratchFolder } from '../../support/scratch.ts';

const launcher = launcherOf('/home/me/.local/share/dbbackup', '/srv/app', 'linux');
const other = launcherOf('/home/me/.local/share/dbbackup', '/srv/other', 'linux');
const entry = (cron: string): TimerEntry => ({ schedule: readSchedule(cron, 'UTC'), what: 'all' });

/** A tool that notes each call, word by word, and does what a script says. */
async function timerWith(kind: TimerKind, script = '', more: NodeJS.ProcessEnv = {}) {
  const home = await scratchFolder();
  const program = join(home, 'tool');
  const noted = join(home, 'calls');
  writeFileSync(
    program,
    `#!/bin/sh\nfor word in "$@"; do printf '[%s]' "$word"; done >> '${noted}'\necho >> '${noted}'\n${script}\n`,
  );
  chmodSync(program, 0o755);
  const environment = { PATH: process.env.PATH, HOME: home, ...more };
  const calls = () => (existsSync(noted) ? readFileSync(noted, 'utf8').trim().split('\n') : []);
  return { home, timer: openTimer({ kind, program }, environment), calls };
}

describe.skipIf(process.platform === 'win32')('a timer of files', () => {
  const domain = `gui/${process.getuid?.()}`;
  const kinds = [
    {
      kind: 'systemd' as const,
      folder: '.config/systemd/user',
      names: (id: string) =>
        ['0.service', '0.timer', '1.service', '1.timer'].map((end) => `dbbackup-${id}-${end}`),
      started: (paths: string[]) => [
        '[--user][daemon-reload]',
        `[--user][enable][--now]${paths
          .filter((path) => path.endsWith('.timer'))
          .map((path) => `[${path.split('/').at(-1)}]`)
          .join('')}`,
      ],
      stopped: (paths: string[]) => [
        `[--user][disable][--now]${paths
          .filter((path) => path.endsWith('.timer'))
          .map((path) => `[${path.split('/').at(-1)}]`)
          .join('')}`,
      ],
    },
    {
      kind: 'launchd' as const,
      folder: 'Library/LaunchAgents',
      names: (id: string) => [0, 1].map((index) => `dbbackup.${id}.${index}.plist`),
      started: (paths: string[]) => paths.map((path) => `[bootstrap][${domain}][${path}]`),
      stopped: (paths: string[]) => paths.map((path) => `[bootout][${domain}][${path}]`),
    },
    {
      kind: 'taskScheduler' as const,
      folder: 'dbbackup-tasks',
      names: (id: string) => [0, 1].map((index) => `DB Backup ${id} ${index}.xml`),
      started: (paths: string[]) =>
        paths.map((path) => `[/Create][/F][/TN][${path.split('/').at(-1)?.slice(0, -4)}][/XML][${path}]`),
      stopped: (paths: string[]) =>
        paths.map((path) => `[/Delete][/F][/TN][${path.split('/').at(-1)?.slice(0, -4)}]`),
    },
  ];

  test.each(kinds)(
    '$kind: what the preview shows is installed, replaced, listed and removed',
    async (one) => {
      const { home, timer, calls } = await timerWith(one.kind);
      const folder = join(home, one.folder);
      const paths = one.names(launcher.id).map((name) => join(folder, name));
      const entries = [entry('0 0 * * *'), entry('30 12 * * MON')];
      expect(await timer.installed(launcher)).toBeUndefined();
      await timer.remove(launcher);
      expect(calls()).toEqual([]);

      await timer.install(launcher, entries);
      expect(readdirSync(folder).sort()).toEqual(one.names(launcher.id));
      expect(calls()).toEqual(one.started(paths));
      const listed = (await timer.installed(launcher)) ?? [];
      const preview = timer.preview(launcher, entries);
      for (const [index, path] of paths.entries()) {
        const [, text = ''] = listed[index]?.split(`${path}: `) ?? [];
        expect(text).toMatch(/^(<\?xml|\[Unit\])/);
        expect(preview).toContain(`# ${path}\n${text}`);
      }

      await timer.install(other, entries);
      const before = calls().length;
      await timer.install(launcher, [entry('5 5 * * *')]);
      const kept = paths.filter((path) => /0\.\w+$/.test(path));
      expect(calls().slice(before)).toEqual([...one.stopped(paths), ...one.started(kept)]);
      await timer.remove(launcher);
      expect(readdirSync(folder).sort()).toEqual(one.names(other.id));
      expect(await timer.installed(launcher)).toBeUndefined();
      expect(await timer.installed(other)).toHaveLength(paths.length);
    },
  );

  test('where the tool refuses, its last words are told', async () => {
    const { timer } = await timerWith(
      'systemd',
      'echo first >&2; echo "Failed to connect to bus" >&2; exit 1',
    );
    await expect(timer.install(launcher, [entry('0 0 * * *')])).rejects.toMatchObject({
      code: 'failed',
      message: 'systemctl failed: Failed to connect to bus.',
    });
    const { timer: silent } = await timerWith('launchd', 'exit 5');
    await expect(silent.install(launcher, [entry('0 0 * * *')])).rejects.toThrow(
      /launchctl failed: Command failed/,
    );
  });

  test('lies where the environment says', async () => {
    const folder = await scratchFolder();
    const systemd = await timerWith('systemd', '', { XDG_CONFIG_HOME: folder });
    await systemd.timer.install(launcher, [entry('0 0 * * *')]);
    expect(readdirSync(join(folder, 'systemd/user'))).toHaveLength(2);
    for (const name of ['DBBACKUP_HOME', 'LOCALAPPDATA']) {
      const where = await scratchFolder();
      const { timer } = await timerWith('taskScheduler', '', { [name]: where, HOME: undefined });
      await timer.install(launcher, [entry('0 0 * * *')]);
      expect(readdirSync(join(where, 'dbbackup-tasks'))).toHaveLength(1);
    }
    const profile = await scratchFolder();
    const { timer } = await timerWith('taskScheduler', '', { HOME: '', USERPROFILE: profile });
    await timer.install(launcher, [entry('0 0 * * *')]);
    const xml = readFileSync(join(profile, 'dbbackup-tasks', `DB Backup ${launcher.id} 0.xml`));
    expect([...xml.subarray(0, 2)]).toEqual([0xff, 0xfe]);
  });

  test('whose folder cannot be read is an error, not an absence', async () => {
    const folder = await scratchFolder();
    writeFileSync(join(folder, 'systemd'), 'a file');
    const { timer } = await timerWith('systemd', '', { XDG_CONFIG_HOME: folder });
    await expect(timer.installed(launcher)).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});

describe.skipIf(process.platform === 'win32')('a crontab', () => {
  /** Keeps a crontab in a file beside itself, as crontab(1) does; `take` is what it does with a new one. */
  const crontab = (take: string) =>
    `file="$HOME/tab"; if [ "$1" = -l ]; then [ -f "$file" ] || { echo "no crontab for me" >&2; exit 1; }; cat "$file"; else ${take}; fi`;

  test('is made where there is none, and left alone where there is nothing to change', async () => {
    const { home, timer, calls } = await timerWith('crontab', crontab('cat > "$file"'));
    await timer.remove(launcher);
    expect(calls()).toEqual(['[-l]']);
    await timer.install(launcher, [entry('0 0 * * *')]);
    expect(readFileSync(join(home, 'tab'), 'utf8')).toBe(timer.preview(launcher, [entry('0 0 * * *')]));
    expect(await timer.installed(launcher)).toHaveLength(1);
    expect(await timer.installed(other)).toBeUndefined();
    const before = calls().length;
    await timer.install(launcher, [entry('0 0 * * *')]);
    expect(calls().slice(before)).toEqual(['[-l]']);
  });

  test('that is not taken as it was written is put back', async () => {
    const script = crontab(
      'cat > "$file"; if grep -q "DB Backup" "$file"; then echo "# added" >> "$file"; fi',
    );
    const { home, timer } = await timerWith('crontab', script);
    writeFileSync(join(home, 'tab'), '0 1 * * * mine\n');
    await expect(timer.install(launcher, [entry('0 0 * * *')])).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('the old one was put back'),
      hint: expect.stringContaining('crontab -e'),
    });
    expect(readFileSync(join(home, 'tab'), 'utf8')).toBe('0 1 * * * mine\n');
  });

  test('that cannot be read or written is not touched', async () => {
    const unreadable = await timerWith('crontab', 'echo "you are not allowed" >&2; exit 1');
    await expect(unreadable.timer.install(launcher, [entry('0 0 * * *')])).rejects.toThrow(
      'Reading the crontab failed: you are not allowed.',
    );
    expect(unreadable.calls()).toEqual(['[-l]']);
    const readonly = await timerWith('crontab', crontab('cat > /dev/null; exit 2'));
    await expect(readonly.timer.install(launcher, [entry('0 0 * * *')])).rejects.toThrow(
      /Writing the crontab/,
    );
  });
});

test('a tool that is not there says so, and none hears of the passphrase', async () => {
  const folder = await scratchFolder();
  const absent = await runTool(join(folder, 'nothing'), [], { environment: {} });
  expect(absent.exit).toBe(-1);
  expect(absent.stderr).toContain('ENOENT');
  const environment = { PATH: process.env.PATH, DBBACKUP_PASSPHRASE: 'secret', OTHER: 'told' };
  const run = await runTool('/usr/bin/env', [], { environment });
  expect(run.stdout).toContain('OTHER=told');
  expect(run.stdout).not.toContain('secret');
});

test.each([
  ['plain', '"plain"'],
  ['C:\\Ann and Bo\\', '"C:\\Ann and Bo\\\\"'],
  ['say "hi"', '"say \\"hi\\""'],
  ['a\\"b', '"a\\\\\\"b"'],
])('%s is one word to Windows programs', (text, word) => {
  expect(windowsArgument(text)).toBe(word);
});
