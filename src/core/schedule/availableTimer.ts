import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { BackupError } from '../errors.ts';
import { findProgram } from '../files/findProgram.ts';

export type TimerKind = 'crontab' | 'systemd' | 'launchd' | 'taskScheduler';

export type AvailableTimer =
  | { kind: TimerKind; program: string }
  /** `why` is a sentence for people, `hint` the next step. */
  | { kind: 'none'; why: string; hint: string };

/** What is looked at; tests give their own. */
export interface TimerHost {
  platform: NodeJS.Platform;
  environment: NodeJS.ProcessEnv;
  /** The project's folder: no program is taken from inside it. */
  workspace: string;
  exists(path: string): boolean;
  /** Names of the running processes. */
  processes(): string[];
}

const elsewhere = 'Keep the editor open, or let another machine make the backups.';

/** Which of the system's own timers would run a backup here: one that is installed but does not run is none. */
export async function availableTimer(host: TimerHost): Promise<AvailableTimer> {
  const find = (name: string) => findProgram(name, host.environment, [host.workspace]);
  if (host.platform === 'win32')
    return { kind: 'taskScheduler', program: (await find('schtasks')) ?? 'schtasks.exe' };
  if (host.platform === 'darwin')
    return { kind: 'launchd', program: (await find('launchctl')) ?? '/bin/launchctl' };
  const crontab = await find('crontab');
  const processes = host.processes();
  if (
    crontab !== undefined &&
    processes.some((name) => ['cron', 'crond', 'fcron', 'busybox-crond'].includes(name))
  )
    return { kind: 'crontab', program: crontab };
  const systemctl = await find('systemctl');
  if (systemctl !== undefined && host.exists('/run/systemd/system') && host.environment.XDG_RUNTIME_DIR)
    return { kind: 'systemd', program: systemctl };
  return { kind: 'none', ...noTimer(host, crontab !== undefined) };
}

/** Whether systemd runs the user's timers while they are logged out, too (loginctl(1), enable-linger). */
export function lingers({ environment, exists }: Pick<TimerHost, 'environment' | 'exists'>): boolean {
  const user = environment.USER || environment.LOGNAME || userInfo().username;
  return exists(`/var/lib/systemd/linger/${user}`);
}

/** @throws BackupError failed where there is none */
export function requireTimer(timer: AvailableTimer): Exclude<AvailableTimer, { kind: 'none' }> {
  if (timer.kind !== 'none') return timer;
  throw new BackupError('failed', timer.why, timer.hint);
}

export function thisHost(environment: NodeJS.ProcessEnv, workspace: string): TimerHost {
  return {
    platform: process.platform,
    environment,
    workspace,
    exists: existsSync,
    processes: runningProcesses,
  };
}

function noTimer({ environment, exists }: TimerHost, hasCrontab: boolean): { why: string; hint: string } {
  if (environment.CODESPACES === 'true')
    return { why: 'A codespace stops when it is not used, and has no timer.', hint: elsewhere };
  if (environment.WSL_DISTRO_NAME || exists('/proc/sys/fs/binfmt_misc/WSLInterop')) {
    return {
      why: 'This WSL distribution runs neither cron nor systemd.',
      hint: 'Set systemd=true under [boot] in /etc/wsl.conf and restart WSL; it then runs while WSL does.',
    };
  }
  if (environment.REMOTE_CONTAINERS || exists('/.dockerenv') || exists('/run/.containerenv'))
    return { why: 'This container runs no cron, and ends with its editor.', hint: elsewhere };
  if (hasCrontab)
    return {
      why: 'cron is installed, but its daemon does not run.',
      hint: 'Start the service cron (or crond).',
    };
  return {
    why: 'This system has neither cron nor a systemd of the user.',
    hint: 'Install cron and start it.',
  };
}

function runningProcesses(): string[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          return [readFileSync(`/proc/${pid}/comm`, 'utf8').trim()];
        } catch {
          return [];
        }
      });
  } catch {
    return [];
  }
}
