import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AnyAuthMethod, Client, ServerHostKeyAlgorithm } from 'ssh2';
import { BackupError, throwIfCancelled } from '../errors.ts';
import {
  fingerprintOf,
  type HostVerdict,
  judgeHostKey,
  type KnownKey,
  keyTypeOf,
  knownKeys,
  ownKnownHosts,
  rememberHostKey,
} from './knownHosts.ts';
import type { RemoteContext } from './remote.ts';
import type { SecretKeeper } from './secretKeeper.ts';
import { readJump, resolveSshHost, type SshHost, type SshWish } from './sshHost.ts';
import { SshLogin } from './sshLogin.ts';
import { BrokenConnection } from './transport.ts';

export interface SshRequest {
  wish: SshWish;
  /** The remote's name, for errors and questions. */
  remote: string;
  context: RemoteContext;
  secrets: SecretKeeper;
  idleMs: number;
  signal: AbortSignal;
  /** The hosts to go through, where a longer way is being gone already. */
  jumps?: readonly string[];
}

export interface SshConnection {
  client: Client;
  /** What the server says it is: `OpenSSH_9.2p1 Debian-2`. */
  ident: string;
  end(): void;
}

const mostJumps = 8;

/**
 * Connects and logs in as the user's own ssh would, through its jump hosts, and only to a host whose key is known. An
 * unknown one is shown and asked about; a changed or revoked one is refused.
 * @throws BackupError, or BrokenConnection when another try may do
 */
export async function connectSsh(request: SshRequest, depth = 0): Promise<SshConnection> {
  const host = await resolveSshHost(request.wish, request.context.environment);
  if (depth > mostJumps) {
    throw new BackupError('remote-failed', `${request.remote}: more than ${mostJumps} jump hosts.`);
  }
  const known = await knownKeys([ownKnownHosts(request.context.home), ...host.knownHostsFiles], host.keyName);
  const first = await attempt(request, host, known, depth);
  if (!('unknown' in first)) return first;
  await askAbout(request, host, first.unknown);
  const agreed = await knownKeys([ownKnownHosts(request.context.home)], host.keyName);
  const second = await attempt(request, host, agreed, depth);
  if (!('unknown' in second)) return second;
  throw new BrokenConnection('the server shows another key each time');
}

async function attempt(
  request: SshRequest,
  host: SshHost,
  known: KnownKey[],
  depth: number,
): Promise<SshConnection | { unknown: Buffer }> {
  const { end: endJumps, socket } = await openSocket(request, host, depth);
  const ident = identOf(socket);
  const login = new SshLogin(host, request.secrets);
  const seen: { key: Buffer; verdict: HostVerdict } = { key: Buffer.alloc(0), verdict: { kind: 'known' } };
  const { default: ssh2 } = await import('ssh2');
  const client = new ssh2.Client();
  const end = () => {
    client.destroy();
    socket.destroy();
    endJumps();
  };
  try {
    await new Promise<void>((ready, fail) => {
      const stop = watch(request, fail);
      client.once('ready', () => {
        stop.all();
        ready();
      });
      // An agent that does not answer is one way less to log in, no end.
      client.on('error', (error: Error & { level?: string }) => {
        if (error.level !== 'agent') fail(error);
      });
      client.once('close', () => fail(new BrokenConnection('the server closed the connection')));
      client.connect({
        sock: socket,
        username: host.user,
        readyTimeout: 0,
        algorithms: { serverHostKey: knownFirst(known) },
        hostVerifier: (key: Buffer) => {
          seen.key = key;
          seen.verdict = judgeHostKey(known, key);
          return seen.verdict.kind === 'known';
        },
        authHandler: answering(login, stop.idle, fail),
      });
    });
    return { client, ident: ident(), end };
  } catch (error) {
    end();
    throwIfCancelled(request.signal);
    const { key, verdict } = seen;
    if (verdict.kind === 'unknown') return { unknown: key };
    if (verdict.kind !== 'known') throw refuseHost(request.remote, host, verdict, key);
    throw loginProblem(error, login, request.remote);
  }
}

/** A generator of methods, as the callback that ssh2 wants. A person may take long to answer: the idle timer stops. */
function answering(login: SshLogin, stopIdle: () => void, fail: (error: unknown) => void) {
  const methods = login.methods();
  return (left: readonly string[] | null, _partial: boolean, next: (method: AnyAuthMethod) => void): void => {
    stopIdle();
    methods.next(left ?? []).then(({ value, done }) => {
      if (done) fail(new NobodyLetIn());
      else next(value);
    }, fail);
  };
}

class NobodyLetIn extends Error {}

function loginProblem(error: unknown, login: SshLogin, remote: string): unknown {
  if (error instanceof NobodyLetIn) return login.problem(remote);
  const level = error instanceof Error && 'level' in error ? String(error.level) : '';
  if (level === 'client-authentication') return login.problem(remote);
  // A server closes the connection after a few wrong answers, before this side has run out of them.
  if (['client-socket', 'client-timeout', 'protocol'].includes(level) || isLostHandshake(error)) {
    return new BrokenConnection((error as Error).message, { cause: error });
  }
  return error;
}

function isLostHandshake(error: unknown): boolean {
  return error instanceof Error && /lost before handshake|timed out/i.test(error.message);
}

function watch(request: SshRequest, fail: (error: unknown) => void) {
  const late = () => fail(new BrokenConnection(`no answer within ${Math.round(request.idleMs / 1000)} s`));
  const timer = setTimeout(late, request.idleMs);
  const aborted = () => fail(request.signal.reason);
  request.signal.addEventListener('abort', aborted, { once: true });
  const idle = () => clearTimeout(timer);
  return {
    idle,
    all: () => {
      idle();
      request.signal.removeEventListener('abort', aborted);
    },
  };
}

async function openSocket(
  request: SshRequest,
  host: SshHost,
  depth: number,
): Promise<{ socket: Duplex; end: () => void }> {
  const jumps = request.jumps ?? host.jumps;
  const jump = jumps.at(-1);
  if (jump === undefined) {
    // SFTP is small requests and their answers: without noDelay each would wait 40 ms for the other.
    const socket = connectTcp({ port: host.port, host: host.hostName, noDelay: true });
    return { socket, end: () => undefined };
  }
  const { jumps: _, ...rest } = request;
  const before = jumps.length > 1 ? { jumps: jumps.slice(0, -1) } : {};
  const through = await connectSsh({ ...rest, ...before, wish: readJump(jump) }, depth + 1);
  const socket = await new Promise<Duplex>((opened, fail) => {
    through.client.forwardOut('127.0.0.1', 0, host.hostName, host.port, (error, channel) => {
      if (error) fail(new BrokenConnection(`${jump} does not reach ${host.hostName}: ${error.message}`));
      else opened(channel);
    });
  }).catch((error: unknown) => {
    through.end();
    throw error;
  });
  return { socket, end: through.end };
}

/** The server's first line, `SSH-2.0-OpenSSH_9.2p1 Debian-2` (RFC 4253, 4.2). */
function identOf(socket: Duplex): () => string {
  let ident = 'SSH';
  socket.once('data', (chunk: Buffer) => {
    ident = /SSH-[\d.]+-([ -~]+)/.exec(chunk.toString('latin1'))?.[1]?.trim() ?? ident;
  });
  return () => ident;
}

/** The server is asked for the types of key that are known of it, or a second type would look like a change. */
function knownFirst(known: readonly KnownKey[]) {
  const types = known.flatMap(({ type }) =>
    type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type],
  );
  const supported = types.filter((type): type is ServerHostKeyAlgorithm =>
    (hostKeyAlgorithms as string[]).includes(type),
  );
  const first = [...new Set(supported)];
  // In this order: ssh2 prepends nothing that is in its list.
  return { remove: first, prepend: first, append: [] };
}

const hostKeyAlgorithms: ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
];

async function askAbout({ remote, context }: SshRequest, host: SshHost, key: Buffer): Promise<void> {
  const fingerprint = fingerprintOf(key);
  const keyType = keyTypeOf(key);
  if (await context.trustHost({ remote, host: host.keyName, keyType, fingerprint })) {
    await rememberHostKey(context.home, host.keyName, key);
    return;
  }
  throw new BackupError(
    'not-confirmed',
    `${remote}: the host ${host.keyName} is not known. It shows the ${keyType} key ${fingerprint}.`,
    `Compare the fingerprint with the server's, then confirm it, or connect once with ssh.`,
  );
}

function refuseHost(
  remote: string,
  host: SshHost,
  verdict: Exclude<HostVerdict, { kind: 'known' | 'unknown' }>,
  shown: Buffer,
): BackupError {
  const what = verdict.kind === 'changed' ? 'is not the one that is known' : 'was revoked';
  return new BackupError(
    'remote-failed',
    `${remote}: the key of the host ${host.keyName} ${what} (${verdict.known.place}). It shows ${keyTypeOf(shown)} ` +
      `${fingerprintOf(shown)}. Somebody may be in between; nothing was sent.`,
    `If the server was really set up anew, remove the line at ${verdict.known.place} and connect again.`,
  );
}
