import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BackupError } from '../errors.ts';
import { systemCode } from '../files/fileProblem.ts';
import type { AvailableTimer } from './availableTimer.ts';
import { blockOf, readBlock, type TimerEntry, withBlock, withoutBlock } from './crontab.ts';
import { launchAgents } from './launchAgent.ts';
import type { Launcher } from './launcher.ts';
import { requireSuccess, runTool } from './runTool.ts';
import { systemdUnits } from './systemdTimer.ts';
import { scheduledTasks } from './taskScheduler.ts';

/** The system's own timer, as far as one project's backups go. Nothing of anybody else is touched. */
export interface SystemTimer {
  /** What `install` would write, to be shown before. */
  preview(launcher: Launcher, entries: readonly TimerEntry[]): string;
  /** In place of what this project had there. @throws BackupError failed, usage */
  install(launcher: Launcher, entries: readonly TimerEntry[]): Promise<void>;
  /** What is there of this project, line by line; undefined for nothing. */
  installed(launcher: Launcher): Promise<string[] | undefined>;
  remove(launcher: Launcher): Promise<void>;
}

type Timer = Exclude<AvailableTimer, { kind: 'none' }>;

export function openTimer(timer: Timer, environment: NodeJS.ProcessEnv): SystemTimer {
  switch (timer.kind) {
    case 'crontab':
      return new Crontab(timer.program, environment);
    case 'systemd':
      return new FileTimer(systemd(timer.program, environment));
    case 'launchd':
      return new FileTimer(launchd(timer.program, environment));
    case 'taskScheduler':
      return new FileTimer(taskScheduler(timer.program, environment));
  }
}

class Crontab implements SystemTimer {
  readonly #program: string;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(program: string, environment: NodeJS.ProcessEnv) {
    this.#program = program;
    this.#environment = environment;
  }

  preview(launcher: Launcher, entries: readonly TimerEntry[]): string {
    return blockOf(launcher, entries);
  }

  async install(launcher: Launcher, entries: readonly TimerEntry[]): Promise<void> {
    const before = await this.#read();
    await this.#write(before, withBlock(before, launcher, entries));
  }

  async installed(launcher: Launcher): Promise<string[] | undefined> {
    return readBlock(await this.#read(), launcher.id);
  }

  async remove(launcher: Launcher): Promise<void> {
    const before = await this.#read();
    await this.#write(before, withoutBlock(before, launcher.id));
  }

  /** Without a crontab there is exit 1 and a word of it on stderr. */
  async #read(): Promise<string> {
    const run = await runTool(this.#program, ['-l'], { environment: { ...this.#environment, LC_ALL: 'C' } });
    if (run.exit === 1 && /no crontab/i.test(run.stderr)) return '';
    return requireSuccess(run, 'Reading the crontab').stdout;
  }

  async #write(before: string, after: string): Promise<void> {
    if (after === before) return;
    const environment = this.#environment;
    requireSuccess(await runTool(this.#program, ['-'], { environment, input: after }), 'Writing the crontab');
    if ((await this.#read()) === after) return;
    await runTool(this.#program, ['-'], { environment, input: before });
    throw new BackupError(
      'failed',
      'The crontab was not taken as it was written; the old one was put back.',
      'Edit it by hand with "crontab -e".',
    );
  }
}

/** A timer that is files in a folder of its own, and a command that takes them in. */
interface FileTimerKind {
  folder: string;
  files(launcher: Launcher, entries: readonly TimerEntry[]): { name: string; data: string | Buffer }[];
  isOurs(name: string, launcher: Launcher): boolean;
  start(paths: string[]): Promise<void>;
  stop(paths: string[]): Promise<void>;
}

class FileTimer implements SystemTimer {
  readonly #kind: FileTimerKind;

  constructor(kind: FileTimerKind) {
    this.#kind = kind;
  }

  preview(launcher: Launcher, entries: readonly TimerEntry[]): string {
    return this.#kind
      .files(launcher, entries)
      .map(({ name, data }) => `# ${join(this.#kind.folder, name)}\n${textOf(data)}`)
      .join('\n');
  }

  async install(launcher: Launcher, entries: readonly TimerEntry[]): Promise<void> {
    const files = this.#kind.files(launcher, entries);
    await this.remove(launcher);
    await mkdir(this.#kind.folder, { recursive: true });
    for (const { name, data } of files) await writeFile(join(this.#kind.folder, name), data, { mode: 0o600 });
    await this.#kind.start(files.map(({ name }) => join(this.#kind.folder, name)));
  }

  async installed(launcher: Launcher): Promise<string[] | undefined> {
    const paths = await this.#paths(launcher);
    if (paths.length === 0) return undefined;
    return await Promise.all(paths.map(async (path) => `${path}: ${textOf(await readFile(path))}`));
  }

  async remove(launcher: Launcher): Promise<void> {
    const paths = await this.#paths(launcher);
    if (paths.length === 0) return;
    await this.#kind.stop(paths);
    for (const path of paths) await rm(path, { force: true });
  }

  async #paths(launcher: Launcher): Promise<string[]> {
    const names = await readdir(this.#kind.folder).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    });
    return names
      .filter((name) => this.#kind.isOurs(name, launcher))
      .sort()
      .map((name) => join(this.#kind.folder, name));
  }
}

function homeOf(environment: NodeJS.ProcessEnv): string {
  return environment.HOME || environment.USERPROFILE || homedir();
}

function lastPart(path: string): string {
  return path.replace(/^.*[/\\]/s, '');
}

function systemd(program: string, environment: NodeJS.ProcessEnv): FileTimerKind {
  const run = async (...args: string[]) =>
    requireSuccess(await runTool(program, ['--user', ...args], { environment }), 'systemctl');
  const timers = (paths: string[]) => paths.map(lastPart).filter((name) => name.endsWith('.timer'));
  return {
    folder: join(environment.XDG_CONFIG_HOME || join(homeOf(environment), '.config'), 'systemd', 'user'),
    files: (launcher, entries) =>
      systemdUnits(launcher, entries).map(({ name, text }) => ({ name, data: text })),
    isOurs: (name, { id }) => name.startsWith(`dbbackup-${id}-`),
    async start(paths) {
      await run('daemon-reload');
      await run('enable', '--now', ...timers(paths));
    },
    async stop(paths) {
      await runTool(program, ['--user', 'disable', '--now', ...timers(paths)], { environment });
    },
  };
}

function launchd(program: string, environment: NodeJS.ProcessEnv): FileTimerKind {
  const domain = `gui/${process.getuid?.()}`;
  return {
    folder: join(homeOf(environment), 'Library', 'LaunchAgents'),
    files: (launcher, entries) =>
      launchAgents(launcher, entries).map(({ name, text }) => ({ name, data: text })),
    isOurs: (name, { id }) => name.startsWith(`dbbackup.${id}.`),
    async start(paths) {
      for (const path of paths)
        requireSuccess(await runTool(program, ['bootstrap', domain, path], { environment }), 'launchctl');
    },
    async stop(paths) {
      for (const path of paths) await runTool(program, ['bootout', domain, path], { environment });
    },
  };
}

/** Windows keeps its tasks elsewhere; the XML stays beside the launcher, so that it is known what was given to it. */
function taskScheduler(program: string, environment: NodeJS.ProcessEnv): FileTimerKind {
  const taskName = (path: string) => lastPart(path).replace(/\.xml$/, '');
  return {
    folder: join(
      environment.DBBACKUP_HOME || environment.LOCALAPPDATA || homeOf(environment),
      'dbbackup-tasks',
    ),
    files: (launcher, entries) =>
      scheduledTasks(launcher, entries).map(({ name, text }) => ({
        name: `${name}.xml`,
        data: Buffer.from(`\ufeff${text}`, 'utf16le'),
      })),
    isOurs: (name, { id }) => name.startsWith(`DB Backup ${id} `),
    async start(paths) {
      for (const path of paths) {
        const args = ['/Create', '/F', '/TN', taskName(path), '/XML', path];
        requireSuccess(await runTool(program, args, { environment }), 'schtasks');
      }
    },
    async stop(paths) {
      for (const path of paths)
        await runTool(program, ['/Delete', '/F', '/TN', taskName(path)], { environment });
    },
  };
}

function textOf(data: string | Buffer): string {
  if (typeof data === 'string') return data;
  return data[0] === 0xff && data[1] === 0xfe ? data.toString('utf16le').slice(1) : data.toString();
}
