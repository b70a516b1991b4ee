import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../freePort.ts';
import { Daemon, programPath } from './daemon.ts';

/** OpenSSH's own server on loopback, with keys made for it and a home folder whose ssh may log in. */
export interface SshServer {
  port: number;
  user: string;
  /** HOME for the client: `.ssh` with a key that is let in, and the server's keys in `known_hosts`. */
  home: string;
  /** The server's host keys, as `known_hosts` has them after the name. */
  hostKeys: string[];
  stop(): Promise<void>;
}

export const sshd = programPath('sshd');

export async function startSshServer(lines: string[] = []): Promise<SshServer> {
  if (sshd === undefined) throw new Error('no sshd');
  const folder = await mkdtemp(join(tmpdir(), 'dbbackup-sshd-'));
  const home = join(folder, 'home');
  await mkdir(join(home, '.ssh'), { recursive: true, mode: 0o700 });
  keygen(join(folder, 'host_ed25519'), 'ed25519');
  keygen(join(folder, 'host_rsa'), 'rsa');
  keygen(join(home, '.ssh', 'id_ed25519'), 'ed25519');
  const authorized = join(folder, 'authorized_keys');
  await writeFile(authorized, await readFile(join(home, '.ssh', 'id_ed25519.pub')));
  const port = await freePort();
  const config = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${join(folder, 'host_ed25519')}`,
    `HostKey ${join(folder, 'host_rsa')}`,
    `AuthorizedKeysFile ${authorized}`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'Subsystem sftp internal-sftp',
    'LogLevel VERBOSE',
    ...lines,
  ];
  await writeFile(join(folder, 'sshd_config'), `${config.join('\n')}\n`);
  // Started by root, sshd wants the folder that its unprivileged half lives in.
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const daemon = await Daemon.start(sshd, ['-D', '-e', '-f', join(folder, 'sshd_config')], port);
  const hostKeys = [];
  for (const type of ['ed25519', 'rsa']) {
    const text = await readFile(join(folder, `host_${type}.pub`), 'utf8');
    hostKeys.push(text.split(' ').slice(0, 2).join(' '));
  }
  await writeKnownHosts(home, port, hostKeys);
  return {
    port,
    user: userInfo().username,
    home,
    hostKeys,
    async stop() {
      await daemon.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function writeKnownHosts(home: string, port: number, hostKeys: string[]): Promise<void> {
  const lines = hostKeys.map((key) => `[127.0.0.1]:${port} ${key}\n`);
  await writeFile(join(home, '.ssh', 'known_hosts'), lines.join(''));
  await chmod(join(home, '.ssh', 'known_hosts'), 0o600);
}

/** @param passphrase empty for none */
export function keygen(path: string, type: 'ed25519' | 'rsa' | 'ecdsa', passphrase = ''): void {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-f', path]);
}
