import { chownSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { readRemoteConfigs } from '../../../src/core/remotes/config.ts';
import { openRemote } from '../../../src/core/remotes/openRemote.ts';
import type { Remote, RemoteContext } from '../../../src/core/remotes/remote.ts';
import { FaultProxy } from '../../support/faultProxy.ts';
import { remoteContext } from '../../support/remotes.ts';
import { programPath } from '../../support/servers/daemon.ts';
import { ftpMissing, startFtpServer } from '../../support/servers/ftpServer.ts';
import { sshd, startSshServer, writeKnownHosts } from '../../support/servers/sshServer.ts';

const rclone = programPath('rclone');

/** A remote of one kind with its real server, on loopback. */
export interface Place {
  /** The folder that the server serves, as this machine sees it: to look at and to change behind its back. */
  folder: string;
  /** Breaks the connection where there is one. */
  proxy: FaultProxy | undefined;
  /** Breaks every connection from the server's side, where that can be done. */
  endSessions?(): void;
  /** @param folder another folder of this machine than {@link folder} */
  open(options?: { context?: Partial<RemoteContext>; settings?: object; folder?: string }): Promise<Remote>;
  stop(): Promise<void>;
}

export interface PlaceKind {
  kind: string;
  /** The program that is missing here, if one is. */
  missing: string | undefined;
  /** Which connections can be broken: those that carry the files, or (under TLS) only the one that carries commands. */
  faults: 'none' | 'control' | 'data';
  /** How many connections one try makes at most. */
  connections: number;
  /** Whether an upload goes on where it broke off. */
  resumes: boolean;
  /** A program is started for each step: fewer names, sizes and stages are tried. */
  slow?: boolean;
  start(): Promise<Place>;
}

export const placeKinds: PlaceKind[] = [
  { kind: 'folder', missing: undefined, faults: 'none', connections: 0, resumes: true, start: startFolder },
  {
    kind: 'ftp without TLS (pure-ftpd)',
    missing: ftpMissing,
    faults: 'data',
    connections: 2,
    resumes: true,
    start: () => startFtp(false),
  },
  {
    kind: 'ftp with TLS (pure-ftpd)',
    missing: ftpMissing,
    faults: 'control',
    connections: 1,
    resumes: true,
    start: () => startFtp(true),
  },
  {
    kind: 'sftp (OpenSSH)',
    missing: sshd ? undefined : 'sshd',
    faults: 'data',
    connections: 1,
    resumes: true,
    start: startSftp,
  },
  {
    kind: 'rclone (local)',
    missing: rclone ? undefined : 'rclone',
    faults: 'none',
    connections: 0,
    resumes: false,
    slow: true,
    start: startRcloneLocal,
  },
  {
    kind: 'rclone (sftp)',
    missing: rclone ? (sshd ? undefined : 'sshd') : 'rclone',
    faults: 'data',
    connections: 1,
    resumes: false,
    slow: true,
    start: startRcloneSftp,
  },
];

async function newFolders(): Promise<{ base: string; folder: string }> {
  const base = await mkdtemp(join(tmpdir(), 'dbbackup-place-'));
  const folder = join(base, 'back ups ü');
  await mkdir(folder);
  return { base, folder };
}

async function startFolder(): Promise<Place> {
  const { base, folder } = await newFolders();
  return {
    folder,
    proxy: undefined,
    open: async ({ context, settings, folder: other } = {}) =>
      await openConfig(
        { name: 'drive', type: 'folder', path: other ?? folder, ...settings },
        remoteContext(base, context),
      ),
    stop: () => rm(base, { recursive: true, force: true }),
  };
}

async function startSftp(): Promise<Place> {
  const { base, folder } = await newFolders();
  const server = await startSshServer();
  const proxy = await FaultProxy.start(server.port);
  await writeKnownHosts(server.home, proxy.port, server.hostKeys);
  const environment = { PATH: process.env.PATH, HOME: server.home };
  return {
    folder,
    proxy,
    open: async ({ context, settings, folder: other } = {}) =>
      await openConfig(
        {
          name: 'web',
          type: 'sftp',
          host: '127.0.0.1',
          port: proxy.port,
          path: other ?? folder,
          ...settings,
        },
        remoteContext(base, { environment, ...context }),
      ),
    async stop() {
      await proxy.stop();
      await server.stop();
      await rm(base, { recursive: true, force: true });
    },
  };
}

async function startFtp(tls: boolean): Promise<Place> {
  const { base, folder } = await newFolders();
  const server = await startFtpServer(base, tls);
  chownSync(folder, statSync(base).uid, statSync(base).gid);
  const proxy = await FaultProxy.start(server.port);
  const { user, password, fingerprint } = server;
  const secure = tls;
  return {
    folder,
    proxy,
    endSessions: () => server.endSessions(),
    open: async ({ context, settings, folder: other } = {}) => {
      const path = `/${relative(base, other ?? folder)}`;
      const common = { name: 'nas', type: 'ftp', host: '127.0.0.1', port: proxy.port, user, path, secure };
      const agreed: Partial<RemoteContext> = {
        secret: async ({ attempt }) => (attempt === 1 ? password : undefined),
        trustHost: async (question) => question.fingerprint === fingerprint,
      };
      return await openConfig({ ...common, ...settings }, remoteContext(base, { ...agreed, ...context }));
    },
    async stop() {
      await proxy.stop();
      await server.stop();
      await rm(base, { recursive: true, force: true });
    },
  };
}

async function startRcloneLocal(): Promise<Place> {
  const { base, folder } = await newFolders();
  await writeFile(join(base, 'rclone.conf'), '[here]\ntype = local\n');
  return {
    folder,
    proxy: undefined,
    open: ({ context, settings, folder: other } = {}) =>
      openRclone(base, 'here', other ?? folder, { context, settings }),
    stop: () => rm(base, { recursive: true, force: true }),
  };
}

async function startRcloneSftp(): Promise<Place> {
  const { base, folder } = await newFolders();
  const server = await startSshServer();
  const proxy = await FaultProxy.start(server.port);
  const lines = ['type = sftp', 'host = 127.0.0.1', `port = ${proxy.port}`, `user = ${server.user}`];
  const key = `key_file = ${join(server.home, '.ssh', 'id_ed25519')}`;
  await writeFile(join(base, 'rclone.conf'), `${['[web server]', ...lines, key].join('\n')}\n`);
  return {
    folder,
    proxy,
    open: ({ context, settings, folder: other } = {}) =>
      openRclone(base, 'web server', other ?? folder, { context, settings }),
    async stop() {
      await proxy.stop();
      await server.stop();
      await rm(base, { recursive: true, force: true });
    },
  };
}

async function openRclone(
  base: string,
  remote: string,
  path: string,
  { context, settings }: { context?: Partial<RemoteContext> | undefined; settings?: object | undefined },
): Promise<Remote> {
  const environment = { PATH: process.env.PATH, HOME: base, RCLONE_CONFIG: join(base, 'rclone.conf') };
  return await openConfig(
    { name: 'cloud', type: 'rclone', remote, path, ...settings },
    remoteContext(base, { environment, ...context }),
  );
}

async function openConfig(settings: object, context: RemoteContext): Promise<Remote> {
  const [config] = readRemoteConfigs([settings]);
  if (!config) throw new Error('no configuration');
  return await openRemote(config, context);
}
