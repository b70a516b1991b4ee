import { spawn } from 'node:child_process';
import { BackupError } from '../errors.ts';
import { findProgram } from '../files/findProgram.ts';
import { privateFolder } from '../files/privateFolder.ts';
import type { SessionKey } from '../openpgp/types.ts';
import { type GnuPgKey, parseKeyList } from './gnupgList.ts';

/** What one run of gpg left. */
interface Run {
  code: number;
  stdout: Buffer;
  stderr: string;
}

/**
 * A message body too short to be one: gpg opens the session key in the packets before it, tells it, and then fails on
 * this. (RFC 4880, 5.13: version 1 and 60 bytes; as measured with GnuPG 2.2.40 and 2.4.7.)
 */
const dummyBody = Buffer.concat([Buffer.from([0xd2, 61, 1]), Buffer.alloc(60)]);

/** GnuPG's own keyring, used through the `gpg` program: agent, pinentry and smartcards stay where they are. */
export class GnuPG {
  readonly #program: string;
  readonly #home: string;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(program: string, home: string, environment: NodeJS.ProcessEnv) {
    this.#program = program;
    this.#home = home;
    this.#environment = environment;
  }

  /** Every key, with the secret half where GnuPG has it or knows the card it is on. */
  async list(): Promise<GnuPgKey[]> {
    const list = async (what: string) =>
      (await this.#run(['--with-colons', '--fixed-list-mode', what])).stdout.toString();
    const secret = new Set(
      parseKeyList(await list('--list-secret-keys')).map(({ info }) => info.fingerprint),
    );
    return parseKeyList(await list('--list-keys')).map((key) => ({
      ...key,
      info: { ...key.info, secret: secret.has(key.info.fingerprint) },
    }));
  }

  /** A public key, armored. */
  async exportPublic(fingerprint: string): Promise<string> {
    const { stdout, stderr, code } = await this.#run(['--armor', '--export', '--', fingerprint]);
    if (code === 0 && stdout.length > 0) return stdout.toString();
    throw failed('gave no key', stderr);
  }

  /** A key's secret half, armored, still under its passphrase; gpg's own pinentry asks for it. */
  async exportSecret(fingerprint: string, passphrase?: string): Promise<string> {
    const { stdout, stderr, code } = await this.#run(
      [...loopback(passphrase), '--armor', '--export-secret-keys', '--', fingerprint],
      { passphrase },
    );
    if (code === 0 && stdout.length > 0) return stdout.toString();
    throw failed('gave no secret key', stderr);
  }

  /** Puts keys into GnuPG's keyring. */
  async import(armored: string): Promise<void> {
    const { code, stderr } = await this.#run(['--import'], { input: Buffer.from(armored) });
    if (code !== 0) throw failed('did not take the key', stderr);
  }

  /**
   * The session key in a message's head, opened by whatever secret key gpg has for it.
   * @param passphrase where the agent does not know it; never asked for by gpg itself here
   * @returns undefined where gpg cannot open it
   */
  async sessionKey(packets: Uint8Array, passphrase?: string): Promise<SessionKey | 'wrong' | undefined> {
    const { stdout, stderr } = await this.#run(
      [...loopback(passphrase), '--status-fd', '1', '--show-session-key', '--decrypt'],
      { input: Buffer.concat([packets, dummyBody]), passphrase },
    );
    const match = /^\[GNUPG:\] SESSION_KEY (\d+):([0-9A-F]+)$/im.exec(stdout.toString('latin1'));
    if (match) return { algorithm: Number(match[1]), data: Buffer.from(match[2] as string, 'hex') };
    return passphrase !== undefined && /bad passphrase/i.test(stderr) ? 'wrong' : undefined;
  }

  async #run(
    args: string[],
    { input, passphrase }: { input?: Uint8Array; passphrase?: string } = {},
  ): Promise<Run> {
    const cwd = await privateFolder(this.#home);
    const child = spawn(this.#program, ['--batch', '--no-tty', '--quiet', ...args], {
      cwd,
      env: { ...this.#environment, LC_ALL: 'C' },
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
    const [stdin, stdout, stderr, secret] = child.stdio as unknown as [
      NodeJS.WritableStream,
      NodeJS.ReadableStream,
      NodeJS.ReadableStream,
      NodeJS.WritableStream,
    ];
    for (const stream of [stdin, secret]) stream.on('error', () => undefined);
    secret.end(passphrase === undefined ? '' : `${passphrase}\n`);
    stdin.end(input === undefined ? '' : Buffer.from(input));
    const [out, err] = [gather(stdout), gather(stderr)];
    const code = await new Promise<number>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status) => resolve(status ?? -1));
    });
    return { code, stdout: await out, stderr: (await err).toString() };
  }
}

/** With a passphrase it comes through a pipe; without one, gpg must neither ask nor wait. */
function loopback(passphrase: string | undefined): string[] {
  return passphrase === undefined
    ? ['--pinentry-mode', 'error']
    : ['--pinentry-mode', 'loopback', '--passphrase-fd', '3'];
}

async function gather(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function failed(what: string, stderr: string): BackupError {
  return new BackupError(
    'failed',
    `gpg ${what}: ${stderr.trim().slice(0, 300) || 'it said nothing'}`,
    'Try the same with gpg.',
  );
}

/**
 * The user's gpg, by PATH, as an absolute file outside the workspace: a folder somebody sent must not bring its own.
 * @param excluded folders in which no program is taken from
 */
export async function findGnuPG(
  home: string,
  environment: NodeJS.ProcessEnv,
  excluded: readonly string[] = [],
): Promise<GnuPG | undefined> {
  const program = await findProgram('gpg', environment, excluded);
  return program === undefined ? undefined : new GnuPG(program, home, environment);
}
