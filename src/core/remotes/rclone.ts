import { stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { BackupError } from '../errors.ts';
import { fileProblem } from '../files/fileProblem.ts';
import type { Bytes } from '../task.ts';
import type { RcloneConfig } from './config.ts';
import { RcloneError, RcloneProgram, rcloneExit } from './rcloneProgram.ts';
import type { Pace, RemoteContext } from './remote.ts';
import { remoteFull, targetExists } from './remoteProblem.ts';
import { SecretKeeper } from './secretKeeper.ts';
import type { Flow, Hashes, StoredFile, Transport } from './transport.ts';

interface Listed {
  Name: string;
  Size: number;
  ModTime: string;
  IsDir: boolean;
  Hashes?: Record<string, string>;
}

const hashNames = ['sha256', 'sha1', 'md5'] as const;

/** A folder on anything that the user's rclone knows: a cloud, a bucket, another server. */
export class RcloneTransport implements Transport {
  readonly address: string;
  /** rclone sends a file whole. */
  readonly resumes = false;
  readonly #config: RcloneConfig;
  readonly #context: RemoteContext;
  readonly #pace: Pace;
  #program: Promise<RcloneProgram> | undefined;

  constructor(config: RcloneConfig, context: RemoteContext, pace: Pace) {
    this.#config = config;
    this.#context = context;
    this.#pace = pace;
    this.address = `rclone ${config.remote}:${config.path}`;
  }

  async prepare(): Promise<void> {
    // copyto makes the folder; a bucket store has none.
  }

  async list(signal: AbortSignal): Promise<StoredFile[]> {
    const args = ['lsjson', '--files-only', '--max-depth', '1', '--no-mimetype'];
    const text = await this.#run(args, [this.#place()], signal).catch((error: unknown) => {
      if (error instanceof RcloneError && error.exit === rcloneExit.noFolder) return '[]';
      throw error;
    });
    return (JSON.parse(text) as Listed[]).map(stored);
  }

  async find(name: string, signal: AbortSignal): Promise<StoredFile | undefined> {
    const found = await this.#stat(name, ['--no-mimetype'], signal);
    return found && stored(found);
  }

  async write(localPath: string, name: string, _offset: number, { signal, onBytes }: Flow): Promise<void> {
    const { size } = await stat(localPath).catch((error: unknown) => {
      throw fileProblem(error, localPath);
    });
    let moved = 0;
    const onLog = (line: string) => {
      const done = bytesOf(line);
      if (done === undefined || done <= moved) return;
      moved = done;
      onBytes(Math.min(done, size));
    };
    const progress = ['--use-json-log', '--stats', '500ms', '--stats-log-level', 'NOTICE'];
    try {
      await this.#run(
        ['copyto', '--no-traverse', ...progress],
        [localPath, this.#place(name)],
        signal,
        onLog,
      );
    } catch (error) {
      if (!(error instanceof RcloneError)) throw error;
      // Not every remote has a word for a full disk, but most tell what is left.
      const free = await this.free(signal);
      throw free !== undefined && free < size ? remoteFull(this.address) : error;
    }
    onBytes(size);
  }

  async *read(
    name: string,
    offset: number,
    signal: AbortSignal,
    length?: number,
  ): Bytes & AsyncGenerator<Uint8Array> {
    const program = await this.#open(signal);
    const range = [`--offset=${offset}`, ...(length === undefined ? [] : [`--count=${length}`])];
    const idleMs = this.#pace.idleMs;
    yield* program.stream(['cat', ...this.#limits(), ...range], [this.#place(name)], { signal, idleMs });
  }

  /** rclone would replace; `--ignore-existing` skips instead, and leaves the part where it is. */
  async rename(from: string, to: string, signal: AbortSignal): Promise<void> {
    await this.#run(['moveto', '--ignore-existing'], [this.#place(from), this.#place(to)], signal);
    if (await this.find(from, signal)) throw targetExists(to, this.address);
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#run(['deletefile'], [this.#place(name)], signal);
    } catch (error) {
      if (!(error instanceof RcloneError) || (await this.find(name, signal))) throw error;
    }
  }

  async hashes(name: string, signal: AbortSignal): Promise<Hashes | undefined> {
    const types = hashNames.flatMap((type) => ['--hash-type', type]);
    const found = await this.#stat(name, ['--hash', ...types], signal);
    const hashes = hashNames.flatMap((type) => {
      const value = found?.Hashes?.[type];
      return value ? [[type, value]] : [];
    });
    return hashes.length > 0 ? (Object.fromEntries(hashes) as Hashes) : undefined;
  }

  async free(signal: AbortSignal): Promise<number | undefined> {
    try {
      const about = JSON.parse(await this.#run(['about', '--json'], [this.#place()], signal)) as {
        free?: number;
      };
      return about.free;
    } catch (error) {
      if (error instanceof RcloneError) return undefined;
      throw error;
    }
  }

  async server(signal: AbortSignal): Promise<string> {
    return (await this.#run(['version'], [], signal)).split('\n', 1)[0]!.trim();
  }

  async close(): Promise<void> {
    this.#program = undefined;
  }

  #place(name = ''): string {
    return `${this.#config.remote}:${posix.join(this.#config.path, name)}`.replace(/:\.$/, ':');
  }

  async #stat(name: string, args: string[], signal: AbortSignal): Promise<Listed | undefined> {
    try {
      const text = await this.#run(['lsjson', '--stat', ...args], [this.#place(name)], signal);
      const found = JSON.parse(text) as Listed | null;
      return found && !found.IsDir ? found : undefined;
    } catch (error) {
      const missing: number[] = [rcloneExit.noFolder, rcloneExit.noFile];
      if (error instanceof RcloneError && missing.includes(error.exit)) return undefined;
      throw error;
    }
  }

  async #run(
    args: string[],
    words: string[],
    signal: AbortSignal,
    onLog?: (line: string) => void,
  ): Promise<string> {
    const program = await this.#open(signal);
    try {
      const options = onLog === undefined ? { signal } : { signal, onLog };
      return await program.run([...args, ...this.#limits()], words, options);
    } catch (error) {
      throw error instanceof RcloneError && isFull(error) ? remoteFull(this.address) : error;
    }
  }

  /** Tries are counted by this program; rclone makes few of its own, and waits no longer than this one does. */
  #limits(): string[] {
    const seconds = `${Math.max(1, Math.round(this.#pace.idleMs / 1000))}s`;
    return ['--retries', '1', '--low-level-retries', '2', '--contimeout', seconds, '--timeout', seconds];
  }

  async #open(signal: AbortSignal): Promise<RcloneProgram> {
    this.#program ??= this.#findRemote(signal);
    return await this.#program.catch((error: unknown) => {
      this.#program = undefined;
      throw error;
    });
  }

  /** Only a name that rclone itself lists: connection strings, which can carry commands, are none. */
  async #findRemote(signal: AbortSignal): Promise<RcloneProgram> {
    const { name, remote } = this.#config;
    const program = await RcloneProgram.find(name, this.#context, new SecretKeeper(this.#context, name));
    const names = await remotesOf(program, signal);
    if (names.includes(remote)) return program;
    throw new BackupError(
      'no-such-remote',
      `${name}: rclone knows no remote ${JSON.stringify(remote)}.`,
      names.length > 0 ? `It knows: ${names.join(', ')}.` : 'Set it up with "rclone config".',
    );
  }
}

/** The names that the user's rclone has set up, without their colons. @throws BackupError remote-failed where there is no rclone */
export async function rcloneRemotes(context: RemoteContext, signal: AbortSignal): Promise<string[]> {
  const secrets = new SecretKeeper(context, 'rclone');
  return await remotesOf(await RcloneProgram.find('rclone', context, secrets), signal);
}

async function remotesOf(program: RcloneProgram, signal: AbortSignal): Promise<string[]> {
  const text = await program.run(['listremotes'], [], { signal });
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').map((line) => line.replace(/:$/, ''));
}

function stored({ Name, Size, ModTime }: Listed): StoredFile {
  const modified = new Date(ModTime);
  return { name: Name, bytes: Size, modified: Number.isNaN(modified.getTime()) ? undefined : modified };
}

function bytesOf(line: string): number | undefined {
  try {
    return (JSON.parse(line) as { stats?: { bytes?: number } }).stats?.bytes;
  } catch {
    return undefined;
  }
}

function isFull({ message }: RcloneError): boolean {
  return /no space left|quota|storage.?full|insufficient.?storage|not enough space/i.test(message);
}
