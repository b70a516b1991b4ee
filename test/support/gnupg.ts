import { type ExecFileOptions, execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const run = promisify(execFile);

/** A GnuPG home of a test's own, with the real gpg; its agent ends with the test. */
export interface GnuPGHome {
  folder: string;
  environment: NodeJS.ProcessEnv;
  (...args: string[]): Promise<string>;
}

export async function gnupgHome(): Promise<GnuPGHome> {
  // The agent's socket lies in here, and its path must not be long.
  const folder = await mkdtemp(join(tmpdir(), 'g-'));
  const environment = { ...process.env, GNUPGHOME: folder, LC_ALL: 'C' };
  const options: ExecFileOptions = { env: environment, maxBuffer: 1 << 28 };
  onTestFinished(async () => {
    await run('gpgconf', ['--kill', 'all'], options).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  });
  const gpg = async (...args: string[]) => {
    const { stdout } = await run('gpg', ['--batch', '--quiet', '--no-tty', '--yes', ...args], options);
    return String(stdout);
  };
  return Object.assign(gpg, { folder, environment });
}
