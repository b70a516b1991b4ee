import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { BackupError, throwIfCancelled } from '../errors.ts';
import { findProgram } from '../files/findProgram.ts';
import { privateFolder } from '../files/privateFolder.ts';
import type { Bytes } from '../task.ts';
import type { RemoteContext } from './remote.ts';
import type { SecretKeeper } from './secretKeeper.ts';
import { BrokenConnection } from './transport.ts';

/** rclone's exit codes (rclone.org/docs, "Exit code"). */
export const rcloneExit = { noFolder: 3, noFile: 4, passing: 5 } as const;

/** rclone ended with an error. The message is its last line, without anything that looks like a secret. */
export class RcloneError extends Error {
  readonly exit: number;

  constructor(exit: number, message: string) {
    super(message);
    this.exit = exit;
  }
}

export interface RunOptions {
  signal: AbortSignal;
  /** Told each line that rclone logs. */
  onLog?: (line: string) => void;
  /** Silence on both outputs for so long ends it; for commands that say how they get on. */
  idleMs?: number;
}

const mostAttempts = 3;
const longestMessage = 300;
const connectionWords =
  /connection|connect:|couldn't connect|handshake|i\/o timeout|\bEOF\b|broken pipe|no such host|network is unreachable|temporar/i;

/** The user's own rclone, started without a shell, with its own configuration. */
export class RcloneProgram {
  readonly #path: string;
  readonly #context: RemoteContext;
  readonly #secrets: SecretKeeper;
  readonly #cwd: string;
  /** The password of rclone's configuration, where it has one that the environment does not give. */
  #configPassword: string | undefined;

  /** @throws BackupError remote-failed where there is no rclone outside the workspace */
  static async find(remote: string, context: RemoteContext, secrets: SecretKeeper): Promise<RcloneProgram> {
    const path = await findProgram('rclone', context.environment, [context.workspace]);
    if (path !== undefined)
      return new RcloneProgram(path, context, secrets, await privateFolder(context.home));
    throw new BackupError(
      'remote-failed',
      `${remote}: there is no rclone on the PATH.`,
      'Install rclone and set the remote up with "rclone config".',
    );
  }

  private constructor(path: string, context: RemoteContext, secrets: SecretKeeper, cwd: string) {
    this.#path = path;
    this.#context = context;
    this.#secrets = secrets;
    this.#cwd = cwd;
  }

  /** @param words come after `--`: whatever they are, none is an option */
  async run(args: string[], words: string[], options: RunOptions): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#runOnce(args, words, options);
      } catch (error) {
        if (!(await this.#unlocked(error, attempt))) throw this.#explain(error);
      }
    }
  }

  /** What rclone writes, as it is pulled. A reader that stops early ends it. */
  async *stream(args: string[], words: string[], options: RunOptions): Bytes & AsyncGenerator<Uint8Array> {
    const run = this.#start(args, words, options);
    try {
      for await (const chunk of run.child.stdout as AsyncIterable<Buffer>) {
        run.alive();
        yield chunk;
      }
      await run.ended;
    } catch (error) {
      throwIfCancelled(options.signal);
      throw this.#explain(error);
    } finally {
      run.stop();
    }
  }

  async #runOnce(args: string[], words: string[], options: RunOptions): Promise<string> {
    const run = this.#start(args, words, options);
    const output: Buffer[] = [];
    run.child.stdout.on('data', (chunk: Buffer) => {
      run.alive();
      output.push(chunk);
    });
    try {
      await run.ended;
    } catch (error) {
      throwIfCancelled(options.signal);
      throw error;
    } finally {
      run.stop();
    }
    return Buffer.concat(output).toString();
  }

  #start(args: string[], words: string[], { signal, onLog, idleMs }: RunOptions) {
    throwIfCancelled(signal);
    const { DBBACKUP_PASSPHRASE: _, ...environment } = this.#context.environment;
    const password = this.#configPassword === undefined ? {} : { RCLONE_CONFIG_PASS: this.#configPassword };
    const child = spawn(this.#path, [...args, '--ask-password=false', '--', ...words], {
      cwd: this.#cwd,
      env: { ...environment, ...password },
      windowsHide: true,
    });
    child.stdin.end();
    let log = '';
    let silent = false;
    const late = () => {
      silent = true;
      child.kill('SIGKILL');
    };
    let timer = idleMs === undefined ? undefined : setTimeout(late, idleMs);
    const alive = () => {
      if (idleMs === undefined) return;
      clearTimeout(timer);
      timer = setTimeout(late, idleMs);
    };
    const abort = () => child.kill('SIGTERM');
    signal.addEventListener('abort', abort, { once: true });
    child.stderr.on('data', (chunk: Buffer) => {
      const text = chunk.toString();
      log = (log + text).slice(-20_000);
      for (const line of text.split('\n')) if (line !== '') onLog?.(line);
    });
    const ended = waitFor(child, () => log).catch((error: unknown) => {
      throw silent ? new BrokenConnection(`rclone moved nothing for ${idleMs! / 1000} s`) : error;
    });
    // Whoever stops early does not wait for the end.
    ended.catch(() => undefined);
    const stop = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      if (child.exitCode === null) child.kill('SIGTERM');
    };
    return { child, ended, alive, stop };
  }

  /** Whether it is worth another try because the password of the configuration was asked for. */
  async #unlocked(error: unknown, attempt: number): Promise<boolean> {
    if (!(error instanceof RcloneError) || !/decrypt configuration|wrong password/i.test(error.message))
      return false;
    if (attempt > mostAttempts) return false;
    const password = await this.#secrets.ask('rclone-config', 'rclone.conf', attempt);
    if (password === undefined) {
      throw new BackupError(
        'passphrase-needed',
        'The configuration of rclone is encrypted, and its password is not known.',
        'Give it when asked, or set RCLONE_CONFIG_PASS.',
      );
    }
    this.#configPassword = password;
    return true;
  }

  #explain(error: unknown): unknown {
    if (!(error instanceof RcloneError)) return error;
    if (/wrong password|decrypt configuration/i.test(error.message)) {
      return new BackupError(
        'wrong-passphrase',
        'The password of the configuration of rclone is wrong.',
        'Try again.',
      );
    }
    const passing =
      error.exit === rcloneExit.passing || (error.exit === 1 && connectionWords.test(error.message));
    return passing ? new BrokenConnection(error.message, { cause: error }) : error;
  }
}

async function waitFor(child: ChildProcessWithoutNullStreams, log: () => string): Promise<void> {
  const [exit] = (await once(child, 'close')) as [number | null];
  if (exit !== 0) throw new RcloneError(exit ?? -1, lastError(log()));
}

/** The last line that says an error: plain (`2026/11/22 00:00:00 Failed to …`) or as JSON. */
function lastError(log: string): string {
  const lines = log
    .split('\n')
    .map((line) =>
      line.startsWith('{') ? messageOf(line) : line.replace(/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /, ''),
    )
    .filter((line) => line !== '' && !/^NOTICE/.test(line));
  return withoutSecrets(lines.at(-1) ?? 'rclone ended without a word').slice(0, longestMessage);
}

function messageOf(line: string): string {
  try {
    const { level, msg } = JSON.parse(line) as { level?: string; msg?: string };
    return level === 'warning' || level === 'info' ? '' : (msg ?? '').trim();
  } catch {
    return '';
  }
}

function withoutSecrets(text: string): string {
  return text
    .replace(
      /(\b\w*(?:pass|secret|token|key|auth|signature|credential)\w*["']?\s*[=:]\s*["']?)[^\s"'&,;]+/gi,
      '$1…',
    )
    .replace(/(\w+:\/\/)[^/\s@]+@/g, '$1…@')
    .replace(/(https?:\/\/[^\s?]+)\?\S+/g, '$1?…');
}
