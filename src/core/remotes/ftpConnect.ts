import type { ConnectionOptions, TLSSocket } from 'node:tls';
import type { Client } from 'basic-ftp';
import { BackupError, throwIfCancelled } from '../errors.ts';
import type { FtpConfig } from './config.ts';
import { chainOf, isUnverified, knownCertificates, rememberCertificate } from './knownCertificates.ts';
import type { RemoteContext } from './remote.ts';
import type { SecretKeeper } from './secretKeeper.ts';
import { BrokenConnection } from './transport.ts';

export interface FtpRequest {
  config: FtpConfig;
  context: RemoteContext;
  secrets: SecretKeeper;
  idleMs: number;
  signal: AbortSignal;
}

export interface FtpConnection {
  client: Client;
  /** The server's greeting. */
  greeting: string;
}

const mostAttempts = 3;
const loginRefused = 530;

/**
 * Connects, with TLS unless the settings say otherwise, and logs in. A certificate that no authority vouches for is shown
 * and asked about before a password is sent, and remembered; another one in its place is refused.
 * @throws BackupError, or BrokenConnection when another try may do
 */
export async function connectFtp(request: FtpRequest): Promise<FtpConnection> {
  for (let attempt = 1; ; attempt++) {
    const { client, greeting } = await connectTrusted(request);
    try {
      if (await logIn(client, request, attempt)) return { client, greeting };
    } catch (error) {
      client.close();
      throw ftpProblem(error, request);
    }
    client.close();
    if (attempt === mostAttempts) throw passwordRefused(request.config);
  }
}

/** FTP's replies that may be gone at the next try: 421, 425, 426, 450 and 451 (RFC 959, 4.2.2). */
export function ftpProblem(
  error: unknown,
  { config, signal }: Pick<FtpRequest, 'config' | 'signal'>,
): unknown {
  throwIfCancelled(signal);
  if (error instanceof BackupError || error instanceof BrokenConnection || !(error instanceof Error))
    return error;
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'number') {
    if ([421, 425, 426, 450, 451].includes(code))
      return new BrokenConnection(error.message, { cause: error });
    return new BackupError(
      'remote-failed',
      `${config.name}: the server says ${oneLine(error.message)}.`,
      undefined,
      {
        cause: error,
      },
    );
  }
  // A data connection that is dropped under TLS ends in a "Premature close", or in a record that cannot be read.
  const lost =
    /timeout|clos(?:ed|ing|e\b)|hang up|not connected|before secure TLS|record mac|decryption failed/i.test(
      error.message,
    );
  return lost ? new BrokenConnection(oneLine(error.message), { cause: error }) : error;
}

/** Its first line without the code and the rules that servers draw around it. */
function greetingOf(message: string): string {
  return oneLine(
    message
      .split(/\r?\n/, 1)[0]!
      .replace(/^\d+/, '')
      .replace(/^[\s-]+|[\s-]+$/g, ''),
  );
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/\.$/, '').slice(0, 200);
}

async function connectTrusted(request: FtpRequest): Promise<FtpConnection> {
  const { config } = request;
  try {
    return await connect(request, {});
  } catch (error) {
    if (config.secure === false || !isUnverified(error)) throw ftpProblem(error, request);
  }
  try {
    const pinned = await agreedCertificate(request);
    return await connect(request, pinned);
  } catch (error) {
    throw ftpProblem(error, request);
  }
}

async function connect(request: FtpRequest, tls: ConnectionOptions): Promise<FtpConnection> {
  const { config, idleMs, signal } = request;
  const { default: ftp } = await import('basic-ftp');
  throwIfCancelled(signal);
  const client = new ftp.Client(idleMs);
  const stop = () => client.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const options = { host: config.host, ...tls };
    const welcome =
      config.secure === 'implicit'
        ? await client.connectImplicitTLS(config.host, config.port ?? 990, options)
        : await client.connect(config.host, config.port ?? 21);
    if (config.secure === true) await client.useTLS(options);
    return { client, greeting: greetingOf(welcome.message) };
  } catch (error) {
    client.close();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** TLS options that let in the one certificate that was agreed to, for the control and every data connection. */
async function agreedCertificate(request: FtpRequest): Promise<ConnectionOptions> {
  const { config, context } = request;
  const { client } = await connect(request, { rejectUnauthorized: false });
  const certificate = (client.ftp.socket as TLSSocket).getPeerCertificate(true);
  client.close();
  const fingerprint = certificate.fingerprint256;
  const server = `${config.host}:${config.port ?? (config.secure === 'implicit' ? 990 : 21)}`;
  const known = await knownCertificates(context.home, server);
  if (known.length > 0 && !known.includes(fingerprint)) throw certificateChanged(config, server, fingerprint);
  if (known.length === 0) {
    const question = { remote: config.name, host: server, keyType: 'certificate', fingerprint };
    if (!(await context.trustHost(question))) throw certificateUnknown(config, server, fingerprint);
    await rememberCertificate(context.home, server, fingerprint);
  }
  return {
    ca: chainOf(certificate),
    checkServerIdentity: (_host, shown) =>
      shown.fingerprint256 === fingerprint
        ? undefined
        : certificateChanged(config, server, shown.fingerprint256),
  };
}

/** @returns false when the password was wrong */
async function logIn(client: Client, request: FtpRequest, attempt: number): Promise<boolean> {
  const { config, secrets } = request;
  const subject = `${config.user}@${config.host}`;
  const password =
    config.user === 'anonymous' ? 'anonymous@' : await secrets.ask('password', subject, attempt);
  if (password === undefined && attempt > 1) throw passwordRefused(config);
  if (password === undefined) {
    throw new BackupError(
      'passphrase-needed',
      `${config.name}: the password of ${subject} is needed.`,
      'Run it where it can be asked for, or store it first.',
    );
  }
  // A line break would end the command and begin another.
  if (/[\r\n\0]/.test(password)) return false;
  try {
    await client.sendIgnoringError('OPTS UTF8 ON');
    await client.login(config.user, password);
    await client.useDefaultSettings();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === loginRefused) return false;
    throw error;
  }
}

function passwordRefused(config: FtpConfig): BackupError {
  return new BackupError(
    'wrong-passphrase',
    `${config.name}: the server refused the password of ${config.user}@${config.host}.`,
    'Check user and password.',
  );
}

function certificateUnknown(config: FtpConfig, server: string, fingerprint: string): BackupError {
  return new BackupError(
    'not-confirmed',
    `${config.name}: no authority vouches for the certificate of ${server}, SHA-256 ${fingerprint}. No password was sent.`,
    "Compare the fingerprint with the server's, then confirm it.",
  );
}

function certificateChanged(config: FtpConfig, server: string, fingerprint: string): BackupError {
  return new BackupError(
    'remote-failed',
    `${config.name}: the certificate of ${server} is not the one that was agreed to. It shows SHA-256 ${fingerprint}. ` +
      'Somebody may be in between; no password was sent.',
    'If the server really has a new certificate, remove its line from known_certificates in DBBACKUP_HOME.',
  );
}
