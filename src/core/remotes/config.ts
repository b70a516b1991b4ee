import { posix, win32 } from 'node:path';
import { BackupError } from '../errors.ts';
import { parseSize } from '../files/size.ts';
import { isRetention } from '../project/folderSettings.ts';
import type { ProjectSettings } from '../project/project.ts';

interface Common {
  name: string;
  /** Files above so many bytes are compared by size and both ends where the remote computes no hash. */
  readBack: number;
  /** What is kept there, where it is not what the folder keeps. */
  retention: ProjectSettings['retention'];
}

export interface FolderConfig extends Common {
  type: 'folder';
  /** Absolute, or below `~/`. */
  path: string;
}

export interface SftpConfig extends Common {
  type: 'sftp';
  /** A host name, or a `Host` of the user's ssh configuration. */
  host: string;
  /** The folder there; relative to the login's folder where it does not begin with `/`. */
  path: string;
  port: number | undefined;
  user: string | undefined;
  /** A private key beside those that ssh would try. */
  keyFile: string | undefined;
}

export interface FtpConfig extends Common {
  type: 'ftp';
  host: string;
  path: string;
  port: number | undefined;
  user: string;
  /** True asks for TLS after connecting, `implicit` before; false sends in the clear and takes encrypted files only. */
  secure: boolean | 'implicit';
}

export interface RcloneConfig extends Common {
  type: 'rclone';
  /** A name that `rclone listremotes` knows, without its colon. */
  remote: string;
  /** The folder (or bucket and folder) there. */
  path: string;
}

export type RemoteConfig = FolderConfig | SftpConfig | FtpConfig | RcloneConfig;

const usualReadBack = 1_000_000_000;
const keysOf: Record<RemoteConfig['type'], string[]> = {
  folder: ['path'],
  sftp: ['host', 'path', 'port', 'user', 'keyFile'],
  ftp: ['host', 'path', 'port', 'user', 'secure'],
  rclone: ['remote', 'path'],
};

/**
 * Checks `dbbackup.remotes`.
 * @throws BackupError usage, naming the key that is missing, unknown or ill-typed, and never its value
 */
export function readRemoteConfigs(settings: readonly unknown[] | undefined): RemoteConfig[] {
  const configs = (settings ?? []).map((entry, index) => readConfig(entry, `dbbackup.remotes[${index}]`));
  configs.forEach(({ name }, index) => {
    if (configs.findIndex((other) => other.name === name) === index) return;
    throw refuse(`dbbackup.remotes[${index}].name`, `is ${JSON.stringify(name)} like another's`);
  });
  return configs;
}

/** @throws BackupError no-such-remote */
export function findRemoteConfig(configs: readonly RemoteConfig[], name: string): RemoteConfig {
  const found = configs.find((config) => config.name === name);
  if (found) return found;
  const known = configs.map((config) => config.name).join(', ');
  throw new BackupError(
    'no-such-remote',
    `There is no remote ${JSON.stringify(name)}.`,
    known === '' ? 'Add one to the setting dbbackup.remotes.' : `The remotes are: ${known}.`,
  );
}

function readConfig(entry: unknown, where: string): RemoteConfig {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
    throw refuse(where, 'is no object');
  const keys = new Keys(entry as Record<string, unknown>, where);
  const type = keys.text('type');
  if (!isType(type)) throw refuse(`${where}.type`, 'is none of folder, sftp, ftp and rclone');
  keys.allow(['name', 'type', 'readBack', 'retention', ...keysOf[type]]);
  const common = {
    name: keys.text('name'),
    readBack: keys.size('readBack') ?? usualReadBack,
    retention: keys.retention(),
  };
  switch (type) {
    case 'folder':
      return { type, ...common, path: absolute(keys.text('path'), `${where}.path`) };
    case 'sftp':
      return {
        type,
        ...common,
        host: keys.text('host'),
        path: keys.text('path'),
        port: keys.port(),
        user: keys.optionalText('user'),
        keyFile: keys.optionalText('keyFile'),
      };
    case 'ftp':
      return {
        type,
        ...common,
        host: keys.text('host'),
        path: keys.optionalText('path') ?? '',
        port: keys.port(),
        user: keys.optionalText('user') ?? 'anonymous',
        secure: keys.secure(),
      };
    case 'rclone':
      return {
        type,
        ...common,
        remote: keys.text('remote').replace(/:$/, ''),
        path: keys.optionalText('path') ?? '',
      };
  }
}

function isType(type: string): type is RemoteConfig['type'] {
  return Object.hasOwn(keysOf, type);
}

function absolute(path: string, where: string): string {
  if (/^~[/\\]/.test(path) || posix.isAbsolute(path) || win32.isAbsolute(path)) return path;
  throw refuse(where, 'is not absolute');
}

class Keys {
  readonly #entry: Record<string, unknown>;
  readonly #where: string;

  constructor(entry: Record<string, unknown>, where: string) {
    this.#entry = entry;
    this.#where = where;
  }

  allow(known: string[]): void {
    for (const key of Object.keys(this.#entry)) {
      if (known.includes(key)) continue;
      if (/pass|secret|token|credential/i.test(key)) {
        throw refuse(
          `${this.#where}.${key}`,
          'looks like a secret, which has no place in settings',
          'Remove it there and change it; you are asked for it when it is needed.',
        );
      }
      throw refuse(`${this.#where}.${key}`, `is not known; the keys are ${known.join(', ')}`);
    }
  }

  text(key: string): string {
    const value = this.optionalText(key);
    if (value === undefined) throw refuse(`${this.#where}.${key}`, 'is missing');
    return value;
  }

  optionalText(key: string): string | undefined {
    const value = this.#entry[key];
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value === '') throw refuse(`${this.#where}.${key}`, 'is no text');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a line break would end a command of FTP
    if (/[\u0000-\u001f\u007f]/.test(value))
      throw refuse(`${this.#where}.${key}`, 'holds control characters');
    return value;
  }

  port(): number | undefined {
    const value = this.#entry.port;
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536) return value;
    throw refuse(`${this.#where}.port`, 'is no port');
  }

  secure(): boolean | 'implicit' {
    const value = this.#entry.secure ?? true;
    if (typeof value === 'boolean' || value === 'implicit') return value;
    throw refuse(`${this.#where}.secure`, 'is none of true, false and "implicit"');
  }

  retention(): ProjectSettings['retention'] {
    const value = this.#entry.retention;
    if (value === undefined || isRetention(value)) return value;
    throw refuse(`${this.#where}.retention`, 'is no retention, such as { "keepLast": 30 }');
  }

  size(key: string): number | undefined {
    const value = this.optionalText(key);
    const bytes = value === undefined ? undefined : parseSize(value);
    if (value !== undefined && bytes === undefined) throw refuse(`${this.#where}.${key}`, 'is no size');
    return bytes;
  }
}

function refuse(key: string, why: string, hint = 'Correct the setting dbbackup.remotes.'): BackupError {
  return new BackupError('usage', `${key} ${why}.`, hint);
}
