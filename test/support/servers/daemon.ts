import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Where a program is; servers lie in folders that are not on everybody's PATH. */
export function programPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** A real server program that a test started; it ends with {@link stop}. */
export class Daemon {
  readonly #child: ChildProcess;
  #output = '';

  /** Starts it and waits until it listens. */
  static async start(path: string, args: string[], port: number): Promise<Daemon> {
    const daemon = new Daemon(path, args);
    for (let tries = 0; tries < 200; tries++) {
      if (await listens(port)) return daemon;
      if (daemon.#child.exitCode !== null) break;
      await delay(25);
    }
    await daemon.stop();
    throw new Error(`${path} did not come up: ${daemon.#output}`);
  }

  private constructor(path: string, args: string[]) {
    this.#child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
  }

  /** Kills the processes that it has made, one for each session; it lives on. */
  endSessions(): void {
    for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
      const parent = ppidOf(name);
      if (parent !== undefined && parent === this.#child.pid) process.kill(Number(name), 'SIGKILL');
    }
  }

  get output(): string {
    return this.#output;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    setTimeout(() => this.#child.kill('SIGKILL'), 2000).unref();
    await ended;
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      answer(true);
    });
    socket.once('error', () => answer(false));
  });
}

function ppidOf(pid: string): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}
