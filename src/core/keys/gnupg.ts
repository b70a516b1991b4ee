import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BackupError } from '../errors.ts';
import { findProgram } from '../files/findProgram.ts';
import type { SessionKey } from '../openpgp/types.ts';
import { type GnuPgKey, parseKeyList } from './gnupgList.ts';
import { type GnuPgInput, type GnuPgRun, runGnuPG } from './gnupgRun.ts';

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
    // gpg would make itself a home, and start its agent, for somebody who never used it.
    if (!(await hasHome(this.#environment))) return [];
    const secret = new Set<string>();
    for (const { info } of await this.#listed('--list-secret-keys')) {
      if (info.secret) secret.add(info.fingerprint);
    }
    const keys = await this.#listed('--list-keys');
    return keys.map((key) => ({ ...key, info: { ...key.info, secret: secret.has(key.info.fingerprint) } }));
  }

  /** A public key, armored. */
  async exportPublic(fingerprint: string): Promise<string> {
    const { stdout, stderr, code } = await this.#run(['--armor', '--export', '--', fingerprint]);
    if (code === 0 && stdout.length > 0) return stdout.toString();
    throw failed('gave no key', stderr);
  }

  /**
   * A key's secret half, armored, still under its passphrase.
   * @param passphrase the key's; without one gpg's own pinentry asks for it
   */
  async exportSecret(fingerprint: string, passphrase?: string): Promise<string> {
    const { stdout, stderr, code } = await this.#run(
      [
        ...pinentry(passphrase === undefined ? 'ask' : 'loopback'),
        '--armor',
        '--export-secret-keys',
        '--',
        fingerprint,
      ],
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
   * The session key in a message's head, opened by whatever secret key gpg has for it. Without a passphrase gpg asks
   * nobody: only what its agent knows, or needs no passphrase, opens the message then.
   * @returns undefined where the passphrase is wrong, or without one where one is needed
   */
  async sessionKey(
    packets: Uint8Array,
    { passphrase, signal }: { passphrase?: string; signal?: AbortSignal } = {},
  ): Promise<SessionKey | undefined> {
    const input = Buffer.concat([packets, dummyBody]);
    const open = async (mode: PinentryMode) => {
      const run = await this.#run(
        [...pinentry(mode), '--status-fd', '1', '--show-session-key', '--decrypt'],
        { input, passphrase, signal },
      );
      return { run, key: sessionKeyIn(run) };
    };
    if (passphrase === undefined) return (await open('error')).key;
    const { run, key } = await open('loopback');
    if (key) return key;
    // An agent may be told to take passphrases from its own pinentry alone (no-allow-loopback-pinentry).
    if (/loopback.*not supported/i.test(run.stderr)) return (await open('ask')).key;
    if (isWrongPassphrase(run)) return undefined;
    throw failed('could not open the message', run.stderr);
  }

  async #listed(what: string): Promise<GnuPgKey[]> {
    const { code, stdout, stderr } = await this.#run(['--with-colons', '--fixed-list-mode', what]);
    // With damaged keys gpg still lists the others, and fails.
    if (code !== 0 && stdout.length === 0 && stderr.trim() !== '')
      throw failed('could not list its keys', stderr);
    return parseKeyList(stdout.toString());
  }

  #run(args: string[], input: GnuPgInput = {}): Promise<GnuPgRun> {
    return runGnuPG(this.#program, args, { home: this.#home, environment: this.#environment, ...input });
  }
}

/** Whether GnuPG was ever used; on Windows its home may be named in the registry, so it is asked. */
async function hasHome({ GNUPGHOME, HOME }: NodeJS.ProcessEnv): Promise<boolean> {
  if (!GNUPGHOME && process.platform === 'win32') return true;
  return access(GNUPGHOME || join(HOME || homedir(), '.gnupg')).then(
    () => true,
    () => false,
  );
}

/** Who is asked for a passphrase: nobody, whoever writes it into our pipe, or the user by gpg's own window. */
type PinentryMode = 'error' | 'loopback' | 'ask';

function pinentry(mode: PinentryMode): string[] {
  if (mode === 'ask') return [];
  return mode === 'error'
    ? ['--pinentry-mode', 'error']
    : ['--pinentry-mode', 'loopback', '--passphrase-fd', '3'];
}

function sessionKeyIn({ stdout }: GnuPgRun): SessionKey | undefined {
  const match = /^\[GNUPG:\] SESSION_KEY (\d+):([0-9A-F]+)\r?$/im.exec(stdout.toString('latin1'));
  return match ? { algorithm: Number(match[1]), data: Buffer.from(match[2] as string, 'hex') } : undefined;
}

/** `Bad passphrase`, for a smartcard `Bad PIN`: the low 16 bits of the error that the status tells (libgpg-error). */
function isWrongPassphrase({ stdout, stderr }: GnuPgRun): boolean {
  const [badPassphrase, badPin] = [11, 87];
  const codes = [...stdout.toString('latin1').matchAll(/^\[GNUPG:\] ERROR \S+ (\d+)/gm)];
  const isWrong = codes.some(([, code]) => [badPassphrase, badPin].includes(Number(code) & 0xffff));
  return isWrong || /bad passphrase|bad pin/i.test(stderr);
}

/** The end of what gpg said is the reason; what stands before it is about keys and trust. */
function failed(what: string, stderr: string): BackupError {
  const reason = stderr.trim().split(/\r?\n/).slice(-2).join(' ').slice(0, 300);
  return new BackupError('failed', `gpg ${what}: ${reason || 'it said nothing'}`, 'Try the same with gpg.');
}

/**
 * The user's gpg, by PATH, as an absolute file outside the workspace: a folder somebody sent must not bring its own.
 * @param excluded folders from which no program is taken
 */
export async function findGnuPG(
  home: string,
  environment: NodeJS.ProcessEnv,
  excluded: readonly string[] = [],
): Promise<GnuPG | undefined> {
  const program = await findProgram('gpg', environment, excluded);
  return program === undefined ? undefined : new GnuPG(program, home, environment);
}
