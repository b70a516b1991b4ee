import type { SFTPWrapper } from 'ssh2';
import { type SftpSession, SftpStatus, sftpStatus } from './sftpSession.ts';

/** Every server takes requests of 32 KiB; a MiB of them is under way at once. */
const requestBytes = 32_768;
export const windowBytes = 1 << 20;

/** A file that is open on the other side. It belongs to its connection: after a break the handle means nothing. */
export class SftpFile {
  readonly #session: SftpSession;
  readonly #handle: Buffer;
  readonly #signal: AbortSignal;

  static async open(
    session: SftpSession,
    path: string,
    flags: 'r' | 'r+' | 'w',
    signal: AbortSignal,
  ): Promise<SftpFile> {
    const handle = await session.call<Buffer>(signal, (sftp, done) =>
      sftp.open(path, flags, { mode: 0o600 }, done),
    );
    return new SftpFile(session, handle, signal);
  }

  private constructor(session: SftpSession, handle: Buffer, signal: AbortSignal) {
    this.#session = session;
    this.#handle = handle;
    this.#signal = signal;
  }

  async write(chunk: Uint8Array, position: number): Promise<void> {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const requests: Promise<void>[] = [];
    for (let at = 0; at < buffer.length; at += requestBytes) {
      const size = Math.min(requestBytes, buffer.length - at);
      requests.push(
        this.#call((sftp, done) =>
          sftp.write(this.#handle, buffer, at, size, position + at, (error) => done(error)),
        ),
      );
    }
    await all(requests);
  }

  /** @param length at most {@link windowBytes}. Less comes back at the end of the file only. */
  async read(position: number, length: number): Promise<Buffer> {
    const requests: Promise<Buffer>[] = [];
    for (let at = 0; at < length; at += requestBytes) {
      requests.push(this.#readFully(position + at, Math.min(requestBytes, length - at)));
    }
    return Buffer.concat(await all(requests));
  }

  /** Makes what was written durable, where the server can. */
  async sync(): Promise<void> {
    try {
      await this.#call((sftp, done) => sftp.ext_openssh_fsync(this.#handle, (error) => done(error)));
    } catch (error) {
      if (!isUnsupported(error)) throw error;
    }
  }

  async close(): Promise<void> {
    if (this.#session.broken || this.#signal.aborted) return;
    await this.#call((sftp, done) => sftp.close(this.#handle, (error) => done(error))).catch(() => undefined);
  }

  /** A server may answer with less than was asked for; only an empty answer is the end. */
  async #readFully(position: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const count = await this.#call<number>((sftp, answer) =>
        sftp.read(this.#handle, buffer, done, length - done, position + done, answer),
      );
      if (count === 0) break;
      done += count;
    }
    return buffer.subarray(0, done);
  }

  async #call<T = void>(
    send: (sftp: SFTPWrapper, done: (error: Error | null | undefined, value: T) => void) => void,
  ): Promise<T> {
    return await this.#session.call(this.#signal, send);
  }
}

/** A server says so, or ssh2 does where the server did not announce the extension. */
export function isUnsupported(error: unknown): boolean {
  if (error instanceof SftpStatus) return error.status === sftpStatus.unsupported;
  return error instanceof Error && /does not support this extended request/i.test(error.message);
}

/** Waits for all, so that none is left to fail unheard, then fails with the first failure. */
async function all<T>(requests: Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(requests);
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  return settled.map((one) => (one as PromiseFulfilledResult<T>).value);
}
