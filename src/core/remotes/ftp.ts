import { PassThrough, Readable } from 'node:stream';
import type { Client } from 'basic-ftp';
import { asError, BackupError, throwIfCancelled } from '../errors.ts';
import { isEncryptedFile } from '../files/openpgpHead.ts';
import { readBytes } from '../files/readBytes.ts';
import type { Bytes } from '../task.ts';
import type { FtpConfig } from './config.ts';
import { connectFtp, type FtpConnection, ftpProblem } from './ftpConnect.ts';
import type { Pace, RemoteContext } from './remote.ts';
import { remoteFull, targetExists } from './remoteProblem.ts';
import { isPassing } from './retry.ts';
import { SecretKeeper } from './secretKeeper.ts';
import type { Flow, StoredFile, Transport } from './transport.ts';

/** Replies of RFC 959, 4.2.2. */
const unavailable = 550;
const notAllowed = 553;
const fullCodes = [452, 552];

/** More than the room that may be left in the last block of a file on a full disk, and few enough to be sent at once. */
const probeBytes = 8192;

/** A folder on an FTP server, with TLS or without. */
export class FtpTransport implements Transport {
  readonly address: string;
  readonly resumes = true;
  readonly #config: FtpConfig;
  readonly #context: RemoteContext;
  readonly #pace: Pace;
  readonly #secrets: SecretKeeper;
  #connection: FtpConnection | undefined;
  /** Whether the connection stands in the remote's folder. */
  #inside = false;

  constructor(config: FtpConfig, context: RemoteContext, pace: Pace) {
    this.#config = config;
    this.#context = context;
    this.#pace = pace;
    this.#secrets = new SecretKeeper(context, config.name);
    const port = config.port === undefined ? '' : `:${config.port}`;
    const scheme = config.secure === false ? 'ftp' : 'ftps';
    this.address = `${scheme}://${config.user}@${config.host}${port}/${config.path.replace(/^\//, '')}`;
  }

  /** Without TLS whoever is on the way reads along. */
  async admit(localPath: string): Promise<void> {
    if (this.#config.secure !== false || (await isEncryptedFile(localPath))) return;
    throw new BackupError(
      'usage',
      `${this.#config.name} is plain FTP, where anybody on the way can read along, and ${localPath} is not encrypted.`,
      'Encrypt the backup, or set "secure": true if the server has TLS.',
    );
  }

  async prepare(signal: AbortSignal): Promise<void> {
    await this.#talk(signal, async (client) => {
      if (this.#inside) return;
      await client.ensureDir(this.#config.path);
      this.#inside = true;
    });
  }

  async list(signal: AbortSignal): Promise<StoredFile[]> {
    const found = await this.#talkInside(signal, (client) => client.list());
    return found
      .filter((file) => file.isFile)
      .map(({ name, size, modifiedAt }) => ({ name, bytes: size, modified: modifiedAt }));
  }

  async find(name: string, signal: AbortSignal): Promise<StoredFile | undefined> {
    return await this.#talkInside(signal, async (client) => {
      const bytes = await client.size(name).catch(missingAs(undefined));
      if (bytes === undefined) return undefined;
      return { name, bytes, modified: await client.lastMod(name).catch(refusedAs(undefined)) };
    });
  }

  async write(localPath: string, name: string, offset: number, { signal, onBytes }: Flow): Promise<void> {
    let failure: unknown;
    // A connection that breaks is thrown into the generator at its `yield`: only what reading throws is the file's fault.
    async function* content() {
      const chunks = readBytes(localPath, signal, undefined, offset)[Symbol.asyncIterator]();
      const next = () =>
        chunks.next().catch((error: unknown) => {
          failure = error;
          throw error;
        });
      let done = offset;
      try {
        for (let read = await next(); !read.done; read = await next()) {
          yield read.value;
          done += read.value.length;
          onBytes(done);
        }
      } finally {
        await chunks.return?.(undefined);
      }
    }
    try {
      await this.#send(content(), name, offset > 0, signal);
    } catch (error) {
      if (failure === undefined && isPassing(error)) await this.#checkFull(localPath, name, signal);
      throw failure ?? error;
    }
  }

  /** The library pushes; a reader that stops early costs the connection. */
  async *read(
    name: string,
    offset: number,
    signal: AbortSignal,
    length = Number.POSITIVE_INFINITY,
  ): Bytes & AsyncGenerator<Uint8Array> {
    const pipe = new PassThrough({ highWaterMark: 1 << 20 });
    let ended = false;
    const transfer = this.#talkInside(signal, (client) => client.downloadTo(pipe, name, offset)).then(
      () => {
        ended = true;
      },
      (error: unknown) => {
        pipe.destroy(asError(error));
        throw error;
      },
    );
    // It is awaited at the end; until then the reader learns of a failure through the pipe.
    transfer.catch(() => undefined);
    let left = length;
    try {
      for await (const chunk of pipe as AsyncIterable<Buffer>) {
        yield chunk.subarray(0, left);
        left -= chunk.length;
        if (left <= 0) return;
      }
      await transfer;
    } catch (error) {
      await transfer.catch((cause: unknown) => {
        throw cause;
      });
      throw error;
    } finally {
      if (!ended) await this.close();
    }
  }

  /** RNTO replaces on most servers, so it is looked at right before. */
  async rename(from: string, to: string, signal: AbortSignal): Promise<void> {
    if (await this.find(to, signal)) throw targetExists(to, this.address);
    await this.#talkInside(signal, (client) => client.rename(from, to));
  }

  async remove(name: string, signal: AbortSignal): Promise<void> {
    await this.#talkInside(signal, (client) => client.remove(name).catch(missingAs(undefined)));
    if (await this.find(name, signal)) throw this.#forbidden();
  }

  async server(signal: AbortSignal): Promise<string> {
    const { greeting, client } = await this.#open(signal);
    const encryption = this.#config.secure === false ? 'no TLS' : tlsVersion(client);
    return `FTP (${encryption}) ${greeting}`;
  }

  async close(): Promise<void> {
    this.#connection?.client.close();
    this.#connection = undefined;
  }

  async #open(signal: AbortSignal): Promise<FtpConnection> {
    throwIfCancelled(signal);
    if (this.#connection && !this.#connection.client.closed) return this.#connection;
    this.#inside = false;
    this.#connection = await connectFtp({
      config: this.#config,
      context: this.#context,
      secrets: this.#secrets,
      idleMs: this.#pace.idleMs,
      signal,
    });
    return this.#connection;
  }

  async #talkInside<T>(signal: AbortSignal, work: (client: Client) => Promise<T>): Promise<T> {
    return await this.#talk(signal, async (client) => {
      if (!this.#inside && this.#config.path !== '') {
        await client.cd(this.#config.path).catch(missingAs(this.#noFolder()));
      }
      this.#inside = true;
      return await work(client);
    });
  }

  async #send(content: Bytes, name: string, append: boolean, signal: AbortSignal): Promise<void> {
    await this.#talkInside(signal, async (client) => {
      const source = Readable.from(content, { objectMode: false, highWaterMark: 1 << 20 });
      await (append ? client.appendFrom(source, name) : client.uploadFrom(source, name));
    });
  }

  /**
   * A server whose disk is full drops the data connection, and what it says of it comes too late. The next few bytes alone
   * are few enough to hear it.
   */
  async #checkFull(localPath: string, name: string, signal: AbortSignal): Promise<void> {
    try {
      const part = await this.find(name, signal);
      if (!part) return;
      const next = await firstOf(readBytes(localPath, signal, undefined, part.bytes));
      if (next) await this.#send(Readable.from([next.subarray(0, probeBytes)]), name, true, signal);
    } catch (error) {
      if (error instanceof BackupError && error.code === 'disk-full') throw error;
    }
  }

  /** One command at a time; a connection that failed is not used again. */
  async #talk<T>(signal: AbortSignal, work: (client: Client) => Promise<T>): Promise<T> {
    const { client } = await this.#open(signal);
    const stop = () => client.close();
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await work(client);
    } catch (error) {
      client.close();
      throwIfCancelled(signal);
      throw this.#problem(error, signal);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #problem(error: unknown, signal: AbortSignal): unknown {
    const code = codeOf(error);
    if (fullCodes.includes(code) || isWriteError(error, code)) return remoteFull(this.address);
    if (code === notAllowed || code === unavailable) return this.#forbidden();
    return ftpProblem(error, { config: this.#config, signal });
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

/** pure-ftpd has a general code for it: `451 Error during write to file`. */
function isWriteError(error: unknown, code: number): boolean {
  return code === 451 && error instanceof Error && /write|space|quota/i.test(error.message);
}

async function firstOf(source: Bytes): Promise<Uint8Array | undefined> {
  for await (const chunk of source) return chunk;
  return undefined;
}

function codeOf(error: unknown): number {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : 0;
}

/** Takes "there is no such thing" for an answer; an error given instead is thrown. */
function missingAs<T>(answer: T | BackupError): (error: unknown) => T {
  return (error) => {
    if (codeOf(error) !== unavailable) throw error;
    if (answer instanceof BackupError) throw answer;
    return answer;
  };
}

/** Takes any refusal for an answer: not every server knows the command. */
function refusedAs<T>(answer: T): (error: unknown) => T {
  return (error) => {
    if (codeOf(error) < 500) throw error;
    return answer;
  };
}

function tlsVersion(client: Client): string {
  const { socket } = client.ftp;
  return 'getProtocol' in socket ? (socket.getProtocol() ?? 'TLS') : 'TLS';
}
