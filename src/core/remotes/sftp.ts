import { posix } from 'node:path';
import type { Attributes, SFTPWrapper, Stats } from 'ssh2';
import { BackupError, throwIfCancelled } from '../errors.ts';
import { readBytes } from '../files/readBytes.ts';
import type { Bytes } from '../task.ts';
import type { SftpConfig } from './config.ts';
import type { Pace, RemoteContext } from './remote.ts';
import { noSuchFile, remoteFull, targetExists } from './remoteProblem.ts';
import { SecretKeeper } from './secretKeeper.ts';
import { isUnsupported, SftpFile, windowBytes } from './sftpFile.ts';
import { SftpSession, SftpStatus, sftpStatus } from './sftpSession.ts';
import type { Flow, StoredFile, Transport } from './transport.ts';

/** A folder on an SSH server. */
export class SftpTransport implements Transport {
  readonly address: string;
  readonly resumes = true;
  readonly #config: SftpConfig;
  readonly #context: RemoteContext;
  readonly #pace: Pace;
  readonly #secrets: SecretKeeper;
  readonly #folder: string;
  #session: SftpSession | undefined;
  #prepared = false;

  constructor(config: SftpConfig, context: RemoteContext, pace: Pace) {
    this.#config = config;
    this.#context = context;
    this.#pace = pace;
    this.#secrets = new SecretKeeper(context, config.name);
    this.#folder = config.path.replace(/^~\/?/, '').replace(/(?<=.)\/+$/, '') || '.';
    const user = config.user === undefined ? '' : `${config.user}@`;
    const port = config.port === undefined ? '' : `:${config.port}`;
    this.address = `sftp://${user}${config.host}${port}/${this.#folder.replace(/^\//, '')}`;
  }

  async prepare(signal: AbortSignal): Promise<void> {
    if (this.#prepared) return;
    await this.#makeFolder(this.#folder, signal);
    this.#prepared = true;
  }

  async list(signal: AbortSignal): Promise<StoredFile[]> {
    const entries = await this.#call<{ filename: string; attrs: Attributes }[]>(signal, (sftp, done) =>
      sftp.readdir(this.#folder, done),
    ).catch((error: unknown) => {
      throw isStatus(error, sftpStatus.noSuchFile) ? this.#noFolder() : error;
    });
    return entries
      .filter(({ attrs }) => isPlain(attrs))
      .map(({ filename, attrs }) => stored(filename, attrs));
  }

  async find(name: string, signal: AbortSignal): Promise<StoredFile | undefined> {
    const attrs = await this.#stat(this.#path(name), signal, 'lstat');
    return attrs && isPlain(attrs) ? stored(name, attrs) : undefined;
  }

  async write(localPath: string, name: string, offset: number, flow: Flow): Promise<void> {
    const { signal } = flow;
    // What was under way when a connection broke may have holes: the last window is written again.
    const start = Math.max(0, offset - windowBytes);
    const session = await this.#open(signal);
    try {
      const file = await SftpFile.open(session, this.#path(name), start > 0 ? 'r+' : 'w', signal);
      try {
        let done = start;
        for await (const chunk of readBytes(localPath, signal, undefined, start)) {
          await file.write(chunk, done);
          done += chunk.length;
          flow.onBytes(done);
        }
        await file.sync();
      } finally {
        await file.close();
      }
    } catch (error) {
      throw await this.#writeProblem(error, signal);
    }
  }

  async *read(
    name: string,
    offset: number,
    signal: AbortSignal,
    length = Number.POSITIVE_INFINITY,
  ): Bytes & AsyncGenerator<Uint8Array> {
    const file = await SftpFile.open(await this.#open(signal), this.#path(name), 'r', signal).catch(
      (error: unknown) => {
        throw this.#problem(error, name);
      },
    );
    try {
      for (let done = 0; done < length; ) {
        const block = await file.read(offset + done, Math.min(windowBytes, length - done));
        if (block.length === 0) return;
        done += block.length;
        yield block;
      }
    } finally {
      await file.close();
    }
  }

  /** SSH_FXP_RENAME does not replace (OpenSSH links and unlinks); posix-rename, which does, is not used. */
  async rename(from: string, to: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#call(signal, (sftp, done) =>
        sftp.rename(this.#path(from), this.#path(to), (error) => done(error)),
      );
    } catch (error) {
      if (error instanceof SftpStatus && (await this.#stat(this.#path(to), signal, 'lstat')))
        throw targetExists(to, this.address);
      throw error;
    }
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#call(signal, (sftp, done) => sftp.unlink(this.#path(name), (error) => done(error)));
    } catch (error) {
      if (!isStatus(error, sftpStatus.noSuchFile)) throw error;
    }
  }

  async free(signal: AbortSignal): Promise<number | undefined> {
    try {
      const facts = await this.#call<{ f_frsize: number; f_bavail: number }>(signal, (sftp, done) =>
        sftp.ext_openssh_statvfs(this.#folder, done),
      );
      return Number(facts.f_frsize) * Number(facts.f_bavail);
    } catch (error) {
      if (isUnsupported(error)) return undefined;
      throw error;
    }
  }

  async server(signal: AbortSignal): Promise<string> {
    return (await this.#open(signal)).ident;
  }

  async close(): Promise<void> {
    this.#session?.end();
    this.#session = undefined;
  }

  #path(name: string): string {
    return posix.join(this.#folder, name);
  }

  async #open(signal: AbortSignal): Promise<SftpSession> {
    throwIfCancelled(signal);
    if (this.#session && !this.#session.broken) return this.#session;
    const { name: remote, host, port, user, keyFile } = this.#config;
    this.#session = await SftpSession.open({
      wish: { host, port, user, keyFile },
      remote,
      context: this.#context,
      secrets: this.#secrets,
      idleMs: this.#pace.idleMs,
      signal,
    });
    return this.#session;
  }

  async #call<T = void>(
    signal: AbortSignal,
    send: (sftp: SFTPWrapper, done: (error: Error | null | undefined, value: T) => void) => void,
  ): Promise<T> {
    const session = await this.#open(signal);
    try {
      return await session.call(signal, send);
    } catch (error) {
      throwIfCancelled(signal);
      throw this.#problem(error);
    }
  }

  async #stat(path: string, signal: AbortSignal, how: 'stat' | 'lstat'): Promise<Stats | undefined> {
    try {
      return await this.#call<Stats>(signal, (sftp, done) => sftp[how](path, done));
    } catch (error) {
      if (isStatus(error, sftpStatus.noSuchFile)) return undefined;
      throw error;
    }
  }

  async #makeFolder(path: string, signal: AbortSignal): Promise<void> {
    const found = await this.#stat(path, signal, 'stat');
    if (found?.isDirectory()) return;
    if (found) throw this.#noFolder();
    const above = posix.dirname(path);
    if (above !== path && above !== '.') await this.#makeFolder(above, signal);
    await this.#call(signal, (sftp, done) => sftp.mkdir(path, { mode: 0o700 }, (error) => done(error)));
  }

  /** SFTP has no word for a full disk: a write that failed where nothing is left is taken for one. */
  async #writeProblem(error: unknown, signal: AbortSignal): Promise<unknown> {
    if (!isStatus(error, sftpStatus.failure)) return this.#problem(error);
    const left = await this.free(signal).catch(() => undefined);
    return left !== undefined && left < windowBytes ? remoteFull(this.address) : error;
  }

  #problem(error: unknown, name?: string): unknown {
    if (isStatus(error, sftpStatus.permissionDenied)) return this.#forbidden();
    if (name !== undefined && isStatus(error, sftpStatus.noSuchFile)) return noSuchFile(name, this.address);
    return error;
  }

  #forbidden(): BackupError {
    return new BackupError(
      'folder-not-writable',
      `${this.#config.name}: the server gives no permission in ${this.address}.`,
      'Change the permissions there, or choose another folder or user.',
    );
  }

  #noFolder(): BackupError {
    return new BackupError(
      'remote-failed',
      `${this.#config.name}: there is no folder ${this.address}.`,
      'Correct its path. The first backup copied there makes it.',
    );
  }
}

function isStatus(error: unknown, status: number): boolean {
  return error instanceof SftpStatus && error.status === status;
}

const fileTypeMask = 0o170_000;
const plainFile = 0o100_000;

function isPlain({ mode }: Attributes): boolean {
  return (mode & fileTypeMask) === plainFile;
}

function stored(name: string, { size, mtime }: Attributes): StoredFile {
  return { name, bytes: size, modified: new Date(mtime * 1000) };
}
