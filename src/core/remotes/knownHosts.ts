import { createHash, createHmac } from 'node:crypto';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { privateFolder } from '../files/privateFolder.ts';

/** One key that a file says a host has (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownKey {
  /** `ssh-ed25519`, … */
  type: string;
  /** Base64. */
  key: string;
  revoked: boolean;
  /** Where it stands: `path:line`. */
  place: string;
}

export type HostVerdict =
  | { kind: 'known' }
  | { kind: 'unknown' }
  | { kind: 'changed'; known: KnownKey }
  | { kind: 'revoked'; known: KnownKey };

/** The keys that these files know for a host. Files that cannot be read know none. */
export async function knownKeys(files: readonly string[], keyName: string): Promise<KnownKey[]> {
  const keys: KnownKey[] = [];
  for (const path of files) {
    const text = await readFile(path, 'utf8').catch(() => '');
    text.split(/\r?\n/).forEach((line, index) => {
      const known = readLine(line, keyName, `${path}:${index + 1}`);
      if (known) keys.push(known);
    });
  }
  return keys;
}

/**
 * A host that is known by any key has to show one of them: one of another type is no better than a changed one, because
 * the server is asked for the known types first.
 */
export function judgeHostKey(known: readonly KnownKey[], shown: Buffer): HostVerdict {
  const key = shown.toString('base64');
  const same = known.filter((one) => one.key === key);
  const revoked = same.find((one) => one.revoked);
  if (revoked) return { kind: 'revoked', known: revoked };
  if (same.length > 0) return { kind: 'known' };
  const other = known.find((one) => !one.revoked);
  return other ? { kind: 'changed', known: other } : { kind: 'unknown' };
}

/** The key's type, which stands first in it (RFC 4253, 6.6). */
export function keyTypeOf(key: Buffer): string {
  return key.toString('latin1', 4, 4 + key.readUInt32BE(0));
}

/** As `ssh-keygen -l` shows it: `SHA256:` and base64 without padding. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The file under DBBACKUP_HOME that keeps what people agreed to. */
export function ownKnownHosts(home: string): string {
  return join(home, 'known_hosts');
}

export async function rememberHostKey(home: string, keyName: string, key: Buffer): Promise<void> {
  await privateFolder(home);
  const line = `${keyName} ${keyTypeOf(key)} ${key.toString('base64')}\n`;
  await appendFile(ownKnownHosts(home), line, { mode: 0o600 });
}

function readLine(line: string, keyName: string, place: string): KnownKey | undefined {
  const fields = line.trim().split(/\s+/);
  const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined;
  const [hosts = '', type = '', key = ''] = fields;
  if (hosts.startsWith('#') || key === '' || marker === '@cert-authority') return undefined;
  if (!matches(hosts, keyName)) return undefined;
  return { type, key, revoked: marker === '@revoked', place };
}

function matches(hosts: string, keyName: string): boolean {
  if (hosts.startsWith('|')) return matchesHash(hosts, keyName);
  const name = keyName.toLowerCase();
  const patterns = hosts.toLowerCase().split(',');
  if (patterns.some((pattern) => pattern.startsWith('!') && fits(pattern.slice(1), name))) return false;
  return patterns.some((pattern) => fits(pattern, name));
}

/** `|1|salt|HMAC-SHA1(salt, name)`, both in base64. */
function matchesHash(hosts: string, keyName: string): boolean {
  const [, version, salt = '', hash] = hosts.split('|');
  if (version !== '1') return false;
  return (
    createHmac('sha1', Buffer.from(salt, 'base64')).update(keyName.toLowerCase()).digest('base64') === hash
  );
}

function fits(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(name);
}
