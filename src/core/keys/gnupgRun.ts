import { spawn } from 'node:child_process';
import { BackupError } from '../errors.ts';
import { privateFolder } from '../files/privateFolder.ts';

/** What one run of gpg left. */
export interface GnuPgRun {
  code: number;
  stdout: Buffer;
  stderr: string;
}

export interface GnuPgInput {
  input?: Uint8Array;
  /** Comes to gpg through a pipe, file descriptor 3. */
  passphrase?: string;
  signal?: AbortSignal;
}

interface Surroundings {
  /** Where gpg runs: a folder of the user's own, not the workspace. */
  home: string;
  environment: NodeJS.ProcessEnv;
}

// Not --quiet: it leaves out why a secret key could not be used.
const always = ['--batch', '--no-tty', '--no-auto-check-trustdb', '--no-auto-key-retrieve'];

/** Runs gpg without a shell. No secret stands in its arguments or its environment. @throws BackupError failed, cancelled */
export async function runGnuPG(
  program: string,
  args: string[],
  { home, environment, input, passphrase, signal }: GnuPgInput & Surroundings,
): Promise<GnuPgRun> {
  const { DBBACKUP_PASSPHRASE: _, ...env } = environment;
  const child = spawn(program, [...always, ...args], {
    cwd: await privateFolder(home),
    env: { ...env, LC_ALL: 'C' },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    windowsHide: true,
    signal,
  });
  const [stdin, stdout, stderr, secret] = child.stdio as unknown as [
    NodeJS.WritableStream,
    NodeJS.ReadableStream,
    NodeJS.ReadableStream,
    NodeJS.WritableStream,
  ];
  // gpg may end before it has read everything.
  for (const stream of [stdin, secret]) stream.on('error', () => undefined);
  secret.end(passphrase === undefined ? '' : `${passphrase}\n`);
  stdin.end(input === undefined ? '' : Buffer.from(input));
  const ended = new Promise<number>((resolve, reject) => {
    child.on('error', (error) => reject(signal?.aborted ? cancelled() : cannotStart(program, error)));
    child.on('close', (status) => resolve(status ?? -1));
  });
  const [code, out, err] = await Promise.all([ended, gather(stdout), gather(stderr)]);
  return { code, stdout: out, stderr: err.toString() };
}

async function gather(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function cancelled(): BackupError {
  return new BackupError('cancelled', 'Cancelled. Nothing was changed.');
}

function cannotStart(program: string, cause: Error): BackupError {
  return new BackupError('failed', `${program} did not start.`, 'Check that it runs in a terminal.', {
    cause,
  });
}
