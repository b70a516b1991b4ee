import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { frozenPath } from '../../../src/core/backups/due.ts';
import { launcherOf } from '../../../src/core/schedule/launcher.ts';
import type { BackupAnswer } from '../../../src/core/service.ts';
import { type Digest, digestOf } from '../../support/canon.ts';
import { cliFile } from '../../support/cli.ts';
import { leftIn } from '../../support/leftovers.ts';
import { inOtherEditor } from '../../support/otherEditor.ts';
import { change, recipient, type TestProject, testProject } from '../../support/project.ts';

const dayMs = 86_400_000;

/** A project with backups of two states, and a third that is live. */
async function threeStates() {
  const project = await testProject();
  const states: Digest[] = [];
  const backups: string[] = [];
  for (const state of ['first', 'second']) {
    change(project.database, `UPDATE author SET name = '${state} ' || id`);
    states.push(digestOf(project.database));
    const name = join(project.folder, `${state}.dump.gpg`);
    const made = await project.cli('backup', '-r', recipient, '-o', name, '--json');
    expect(made.exit, made.stderr).toBe(0);
    backups.push(name);
  }
  change(project.database, "UPDATE author SET name = 'live ' || id");
  const live = digestOf(project.database);
  return { project, backups, states, live };
}

function undoStates({ home }: TestProject): Digest[] {
  const folder = join(home, 'undo');
  return readdirSync(folder).map((id) => digestOf(join(folder, id, 'database.sqlite3')));
}

describe('two restores at once', () => {
  it('of two terminals come one after the other, and each state that was replaced is kept', async () => {
    const { project, backups, states, live } = await threeStates();
    const runs = await Promise.all(backups.map((file) => project.cli('restore', file, '--yes', '--json')));
    for (const run of runs) expect(run.exit, run.stderr).toBe(0);
    const now = digestOf(project.database);
    expect(states).toContainEqual(now);
    const [other] = states.filter((state) => JSON.stringify(state) !== JSON.stringify(now));
    const kept = undoStates(project);
    expect(kept).toHaveLength(2);
    expect(kept).toEqual(expect.arrayContaining([other, live]));
    expect(leftIn(project.home)).toEqual([]);
  });

  it('of two windows and a terminal, too', async () => {
    const { project, backups, states, live } = await threeStates();
    const [first = '', second = ''] = backups;
    const inEditor = (file: string) =>
      inOtherEditor(project.home, 'restore', {
        project: { folder: project.folder },
        what: 'database',
        file,
      } as never);
    const [one, other, cli] = await Promise.all([
      inEditor(first),
      inEditor(second),
      project.cli('restore', first, '--yes', '--json'),
    ]);
    expect(one.report).toBeUndefined();
    expect(other.report).toBeUndefined();
    expect(cli.exit, cli.stderr).toBe(0);
    expect(states).toContainEqual(digestOf(project.database));
    const kept = undoStates(project);
    expect(kept).toHaveLength(3);
    expect(kept).toContainEqual(live);
    expect(leftIn(project.home)).toEqual([]);
  });
});

describe('a scheduled backup', () => {
  it('whose time has come in two windows, and for which the timer comes as well, is made once', async () => {
    const project = await testProject();
    const schedule = [{ cron: `0 ${(new Date().getHours() + 12) % 24} * * *`, what: 'database' }];
    const settings = { folder: 'backups', recipients: [recipient], schedule };
    const frozen = frozenPath(launcherOf(project.home, project.folder));
    mkdirSync(dirname(frozen), { recursive: true });
    writeFileSync(frozen, JSON.stringify(settings));
    const installed = new Date(Date.now() - 3 * dayMs);
    utimesSync(frozen, installed, installed);
    const due = () =>
      inOtherEditor(project.home, 'runDue', { project: { folder: project.folder, settings } as never });
    const [one, other, timer] = await Promise.all([
      due(),
      due(),
      project.cli('schedule', 'run', 'database', '--settings', frozen, '--json'),
    ]);
    expect(timer.exit, timer.stderr).toBe(0);
    const answers = [one.value, other.value, timer.json] as BackupAnswer[];
    expect(answers.flatMap(({ backups }) => backups)).toHaveLength(1);
    expect(
      readdirSync(join(project.folder, 'backups')).filter((name) => name.includes('.dump')),
    ).toHaveLength(1);
    expect(leftIn(project.home)).toEqual([]);
  });
});

describe('a lock', () => {
  it('of a run that was killed is taken over at once, and what lay about it is swept', async () => {
    const { project, backups, live } = await threeStates();
    const [file = ''] = backups;
    const child = spawn(process.execPath, [cliFile, '--project', project.folder, 'restore', file, '--yes'], {
      env: { ...process.env, DBBACKUP_HOME: project.home },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const locks = () => {
      try {
        return readdirSync(join(project.home, 'locks')).filter((name) => name.endsWith('.lock'));
      } catch {
        return [];
      }
    };
    while (locks().length === 0 && child.exitCode === null) await delay(1);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(locks().length, 'the restore was over before it could be killed').toBeGreaterThan(0);
    expect(digestOf(project.database)).toEqual(live);
    const began = Date.now();
    const run = await project.cli('restore', file, '--yes', '--json');
    expect(run.exit, run.stderr).toBe(0);
    // Whoever waits gives up after 15 s.
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(leftIn(project.home)).toEqual([]);
  });
});
