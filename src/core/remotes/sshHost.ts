import { readdir, readFile } from 'node:fs/promises';
import { homedir, hostname, userInfo } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { BackupError } from '../errors.ts';
import { hasCode } from '../files/fileProblem.ts';

/** How to reach a host, as the user's own ssh would. */
export interface SshHost {
  hostName: string;
  port: number;
  user: string;
  /** The name its key is known by: `host`, or `[host]:port`. */
  keyName: string;
  /** Private key files, most wanted first; they may not exist. */
  keyFiles: string[];
  /** The agent's socket or pipe; undefined for none. */
  agent: string | undefined;
  knownHostsFiles: string[];
  /** Hosts to go through, in order. */
  jumps: string[];
}

export interface SshWish {
  host: string;
  port?: number | undefined;
  user?: string | undefined;
  keyFile?: string | undefined;
}

const defaultKeys = ['id_ed25519', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519_sk', 'id_rsa'];
const deepestInclude = 8;

/**
 * Resolves a host through `~/.ssh/config` (ssh_config(5)). `Match exec` is never run, and a ProxyCommand is refused.
 * @throws BackupError remote-failed
 */
export async function resolveSshHost(wish: SshWish, environment: NodeJS.ProcessEnv): Promise<SshHost> {
  const home = environment.HOME || environment.USERPROFILE || homedir();
  const folder = join(home, '.ssh');
  const { default: SSHConfig } = await import('ssh-config');
  const text = await readWithIncludes(join(folder, 'config'), folder, home, 0);
  const options = { ignoreCase: true, matchExec: false };
  const query = wish.user === undefined ? wish.host : { Host: wish.host, User: wish.user };
  const found = SSHConfig.parse(text).compute(query as string, options) as Record<
    string,
    string | string[] | undefined
  >;
  const one = (key: string) => [found[key]].flat()[0];
  const all = (key: string) => [found[key]].flat().filter((value) => value !== undefined);
  refuseProxyCommand(wish.host, one('proxycommand'));

  const hostName = (one('hostname') ?? wish.host).replaceAll('%h', wish.host).replaceAll('%%', '%');
  const port = wish.port ?? Number(one('port') ?? 22);
  const user = wish.user ?? one('user') ?? userInfo().username;
  const expand = (path: string) => expandPath(path, { home, hostName, user, port, host: wish.host });
  const configured = all('identityfile').map(expand);
  const keys = configured.length > 0 ? configured : defaultKeys.map((name) => join(folder, name));
  const alias = one('hostkeyalias');
  return {
    hostName,
    port,
    user,
    keyName: alias ?? (port === 22 ? hostName : `[${hostName}]:${port}`),
    keyFiles: [...(wish.keyFile === undefined ? [] : [expand(wish.keyFile)]), ...keys],
    agent: agentOf(one('identityagent'), one('identitiesonly'), environment, expand),
    knownHostsFiles: knownHostsOf(all('userknownhostsfile'), folder).map(expand),
    jumps: jumpsOf(one('proxyjump')),
  };
}

function knownHostsOf(configured: string[], folder: string): string[] {
  const own =
    configured.length > 0 ? configured : [join(folder, 'known_hosts'), join(folder, 'known_hosts2')];
  return [...own.flatMap((files) => files.split(/\s+/)), '/etc/ssh/ssh_known_hosts'];
}

function agentOf(
  configured: string | undefined,
  only: string | undefined,
  environment: NodeJS.ProcessEnv,
  expand: (path: string) => string,
): string | undefined {
  if (only?.toLowerCase() === 'yes' || configured === 'none') return undefined;
  if (configured === undefined || configured === 'SSH_AUTH_SOCK') {
    const usual = process.platform === 'win32' ? '\\\\.\\pipe\\openssh-ssh-agent' : undefined;
    return environment.SSH_AUTH_SOCK || usual;
  }
  return configured.startsWith('$') ? environment[configured.slice(1)] : expand(configured);
}

function jumpsOf(configured: string | undefined): string[] {
  if (configured === undefined || configured.toLowerCase() === 'none') return [];
  return configured.split(',').map((jump) => jump.trim());
}

/** Reads `[user@]host[:port]` or `ssh://…`, as ProxyJump has it. */
export function readJump(text: string): SshWish {
  const match = /^(?:ssh:\/\/)?(?:([^@]+)@)?(?:\[([^\]]+)\]|([^:@/]+))(?::(\d+))?\/?$/.exec(text);
  if (!match) {
    throw new BackupError(
      'usage',
      `ProxyJump ${JSON.stringify(text)} cannot be read.`,
      'Write it as user@host:port.',
    );
  }
  return {
    host: match[2] ?? match[3]!,
    user: match[1],
    port: match[4] === undefined ? undefined : Number(match[4]),
  };
}

/** It is a command for a shell; this program starts none. */
function refuseProxyCommand(host: string, command: string | undefined): void {
  if (command === undefined || command.toLowerCase() === 'none') return;
  throw new BackupError(
    'remote-failed',
    `The ssh configuration of ${host} uses ProxyCommand, which is not run here.`,
    'Use ProxyJump there, or reach the server through a remote of rclone.',
  );
}

interface Place {
  home: string;
  host: string;
  hostName: string;
  user: string;
  port: number;
}

function expandPath(path: string, { home, host, hostName, user, port }: Place): string {
  const tokens: Record<string, string> = {
    '%': '%',
    d: home,
    h: hostName,
    n: host,
    r: user,
    p: String(port),
    u: userInfo().username,
    l: hostname(),
    i: `${process.getuid?.()}`,
  };
  return path
    .replace(/^"(.*)"$/, '$1')
    .replace(/^~(?=[/\\]|$)/, () => home)
    .replace(/%(.)/g, (whole, token: string) => tokens[token] ?? whole);
}

/** ssh-config leaves `Include` lines to others. */
async function readWithIncludes(path: string, folder: string, home: string, depth: number): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES')) return '';
    throw error;
  });
  const lines: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const patterns = /^\s*Include[\s=]+(.*)$/i.exec(line)?.[1];
    // Canonical names would start nslookup; what is written is taken as it is.
    if (patterns === undefined) lines.push(/^\s*Canonicalize/i.test(line) ? '' : line);
    else if (depth < deepestInclude) {
      for (const file of await includedFiles(patterns, folder, home))
        lines.push(await readWithIncludes(file, folder, home, depth + 1));
    }
  }
  return lines.join('\n');
}

/** Wildcards are looked for in the last part of a path, where people write them. */
async function includedFiles(patterns: string, folder: string, home: string): Promise<string[]> {
  const files: string[] = [];
  for (const [, quoted, bare] of patterns.matchAll(/"([^"]+)"|(\S+)/g)) {
    const expanded = (quoted ?? bare!).replace(/^~(?=\/)/, () => home);
    const path = isAbsolute(expanded) ? expanded : join(folder, expanded);
    const pattern = basename(path)
      .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
      .replaceAll('*', '[^/]*')
      .replaceAll('?', '[^/]');
    const names = await readdir(dirname(path)).catch(() => []);
    const matching = names.filter((name) => new RegExp(`^${pattern}$`).test(name)).sort();
    files.push(...matching.map((name) => join(dirname(path), name)));
  }
  return files;
}
