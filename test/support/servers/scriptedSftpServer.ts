import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import ssh2, { type Attributes, type SFTPWrapper } from 'ssh2';

/** How the server answers one kind of request; `id` goes back with the answer. */
type Answer = (sftp: SFTPWrapper, id: number, ...asked: never[]) => void;

export interface Script {
  /** By the request's name in the protocol (OPEN, LSTAT, …). What is not named is answered as not supported. */
  answers?: Record<string, Answer>;
  /** False for a server that offers no SFTP. */
  offersSftp?: boolean;
  /** Whether it goes on to other servers, as a jump host does. */
  forwards?: boolean;
}

/** An SSH server on loopback that lets everybody in and answers as a test says. */
export interface ScriptedServer {
  port: number;
  /** The requests that came, with their path where they have one. */
  asked: string[];
  /** How many connections it has passed on. */
  forwarded: number;
  stop(): void;
}

const requests = 'OPEN READ WRITE CLOSE LSTAT STAT OPENDIR READDIR REMOVE MKDIR RENAME EXTENDED'.split(' ');

/** A private key as ssh keeps it (RFC 5915, in PEM). ssh2's own keys are malformed now and then. */
export function sshKey(passphrase?: string): string {
  const locked = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'sec1', format: 'pem', ...locked },
  }).privateKey;
}

export async function startScriptedServer(script: Script = {}): Promise<ScriptedServer> {
  const { answers = {}, offersSftp = true, forwards = false } = script;
  const running: ScriptedServer = { port: 0, asked: [], forwarded: 0, stop: () => undefined };
  const server = new ssh2.Server({ hostKeys: [sshKey()] }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => context.accept());
    if (forwards) {
      client.on('tcpip', (accept, _refuse, { destIP, destPort }) => {
        running.forwarded++;
        const channel = accept();
        const socket = connect(destPort, destIP).on('error', () => undefined);
        channel
          .on('error', () => undefined)
          .pipe(socket)
          .pipe(channel);
      });
    }
    client.on('session', (accept) => {
      const session = accept();
      if (offersSftp) session.on('sftp', (acceptSftp) => listen(acceptSftp(), answers, running.asked));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return Object.assign(running, { port: address.port, stop: () => void server.close() });
}

function listen(sftp: SFTPWrapper, answers: Record<string, Answer>, asked: string[]): void {
  for (const name of requests) {
    sftp.on(name as 'OPEN', (id: number, ...rest: unknown[]) => {
      asked.push(typeof rest[0] === 'string' ? `${name} ${rest[0]}` : name);
      const answer = answers[name] as
        | ((sftp: SFTPWrapper, id: number, ...rest: unknown[]) => void)
        | undefined;
      if (answer) answer(sftp, id, ...rest);
      else sftp.status(id, ssh2.utils.sftp.STATUS_CODE.OP_UNSUPPORTED);
    });
  }
}

/** What a server says of a file. @param mode with the bits of its type */
export function attributes(mode: number, size = 0): Attributes {
  return { mode, size, uid: 0, gid: 0, atime: 1, mtime: 1_700_000_000 };
}
