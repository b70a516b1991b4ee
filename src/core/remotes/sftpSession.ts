import type { SFTPWrapper } from 'ssh2';
import { BackupError } from '../errors.ts';
import { connectSsh, type SshConnection, type SshRequest } from './sshConnect.ts';
import { BrokenConnection } from './transport.ts';

/** The server's answer to a request that it did not fulfil (draft-ietf-secsh-filexfer-02, 7). */
export class SftpStatus extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export const sftpStatus = { noSuchFile: 2, permissionDenied: 3, failure: 4, unsupported: 8 } as const;

type Done<T> = (error: Error | null | undefined, value: T) => void;

/** One connection with its SFTP channel. Every request ends: by its answer, by a break, by silence, or cancelled. */
export class SftpSession {
  readonly ident: string;
  readonly #connection: SshConnection;
  readonly #sftp: SFTPWrapper;
  readonly #idleMs: number;
  #broken: BrokenConnection | undefined;
  readonly #waiting = new Set<(error: unknown) => void>();

  static async open(request: SshRequest): Promise<SftpSession> {
    const connection = await connectSsh(request);
    const session = await new Promise<SFTPWrapper>((opened, fail) => {
      connection.client.once('close', () => fail(new BrokenConnection('the connection was closed')));
      connection.client.sftp((error, sftp) => (error ? fail(noSftp(request.remote, error)) : opened(sftp)));
    }).catch((error: unknown) => {
      connection.end();
      throw error;
    });
    return new SftpSession(connection, session, request.idleMs);
  }

  private constructor(connection: SshConnection, sftp: SFTPWrapper, idleMs: number) {
    this.ident = connection.ident;
    this.#connection = connection;
    this.#sftp = sftp;
    this.#idleMs = idleMs;
    connection.client.on('error', (error) => this.#break(error.message));
    connection.client.once('close', () => this.#break('the connection was closed'));
    sftp.once('close', () => this.#break('the server ended the session'));
  }

  get broken(): boolean {
    return this.#broken !== undefined;
  }

  /** @throws SftpStatus, BrokenConnection */
  async call<T = void>(signal: AbortSignal, send: (sftp: SFTPWrapper, done: Done<T>) => void): Promise<T> {
    signal.throwIfAborted();
    if (this.#broken) throw this.#broken;
    let settle: () => void = () => undefined;
    const answer = new Promise<T>((resolve, reject) => {
      const late = setTimeout(() => this.#break(`no answer within ${this.#idleMs / 1000} s`), this.#idleMs);
      const aborted = () => {
        reject(signal.reason);
        this.end();
      };
      settle = () => {
        clearTimeout(late);
        signal.removeEventListener('abort', aborted);
        this.#waiting.delete(reject);
      };
      signal.addEventListener('abort', aborted, { once: true });
      this.#waiting.add(reject);
      send(this.#sftp, (error, value) => (error ? reject(this.#explain(error)) : resolve(value)));
    });
    return await answer.finally(settle);
  }

  end(): void {
    this.#break('the connection was closed');
  }

  #explain(error: Error): Error {
    const status = 'code' in error ? error.code : undefined;
    if (typeof status === 'number') return new SftpStatus(status, error.message);
    return this.#broken ?? new BrokenConnection(error.message, { cause: error });
  }

  #break(why: string): void {
    if (this.#broken) return;
    this.#broken = new BrokenConnection(why);
    for (const reject of this.#waiting) reject(this.#broken);
    this.#connection.end();
  }
}

function noSftp(remote: string, error: Error): Error {
  if (/closed|reset/i.test(error.message)) return new BrokenConnection(error.message);
  return new BackupError(
    'remote-failed',
    `${remote}: the server offers no SFTP (${error.message}).`,
    'Enable its subsystem sftp.',
  );
}
