import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../freePort.ts';
import { Daemon, programPath } from './daemon.ts';

/** pure-ftpd on loopback, with one user who sees one folder. */
export interface FtpServer {
  port: number;
  user: string;
  password: string;
  /** SHA-256 of its certificate as hex pairs, where it has TLS. */
  fingerprint: string | undefined;
  /** Ends every session at once, as a server that crashes: the data connections break, too. */
  endSessions(): void;
  stop(): Promise<void>;
}

const programs = ['pure-ftpd', 'pure-pw', 'openssl'];

/** What keeps pure-ftpd from starting here, if anything does: it changes its root folder, which takes root. */
export const ftpMissing: string | undefined =
  programs.find((name) => programPath(name) === undefined) ??
  (process.getuid?.() === 0 ? undefined : 'root, for pure-ftpd');

const nobody = 65534;

/** @param folder what its user sees as `/` */
export async function startFtpServer(folder: string, tls: boolean): Promise<FtpServer> {
  const own = await mkdtemp(join(tmpdir(), 'dbbackup-ftpd-'));
  const [daemon, passwords, database] = [
    programPath('pure-ftpd') ?? '',
    join(own, 'passwd'),
    join(own, 'pdb'),
  ];
  const password = 'pässword with % and "quotes"';
  chownSync(folder, nobody, nobody);
  chmodSync(folder, 0o755);
  // The hash that pure-pw itself would make costs seconds at each login.
  const hash = execFileSync('openssl', ['passwd', '-6', '-stdin'], { input: password }).toString().trim();
  await writeFile(passwords, `backup:${hash}:${nobody}:${nobody}::${folder}/./${':'.repeat(12)}\n`);
  execFileSync('pure-pw', ['mkdb', database, '-f', passwords]);
  const port = await freePort();
  const fingerprint = tls ? await makeCertificate(join(own, 'cert.pem')) : undefined;
  const args = [
    '-S',
    `127.0.0.1,${port}`,
    '-4',
    '-H',
    '-E',
    '-A',
    '-D',
    '-u',
    '1',
    '-l',
    `puredb:${database}`,
  ];
  const security = tls ? ['-Y', '2', '-2', join(own, 'cert.pem')] : ['-Y', '0'];
  const running = await Daemon.start(daemon, [...args, ...security, '-g', join(own, 'pid')], port);
  return {
    port,
    user: 'backup',
    password,
    fingerprint,
    endSessions: () => running.endSessions(),
    async stop() {
      await running.stop();
      await rm(own, { recursive: true, force: true });
    },
  };
}

async function makeCertificate(path: string): Promise<string> {
  const pem = execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
    ].concat(['-subj', '/CN=nas.example.org', '-keyout', '-', '-out', '-']),
    { stdio: ['ignore', 'pipe', 'ignore'] },
  );
  await writeFile(path, pem, { mode: 0o600 });
  const shown = execFileSync('openssl', [
    'x509',
    '-in',
    path,
    '-noout',
    '-fingerprint',
    '-sha256',
  ]).toString();
  return shown.trim().replace(/^.*=/, '');
}
