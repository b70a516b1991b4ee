import { createHmac, randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  judgeHostKey,
  keyTypeOf,
  knownKeys,
  ownKnownHosts,
  rememberHostKey,
} from '../../../src/core/remotes/knownHosts.ts';
import { scratchFolder } from '../../support/scratch.ts';

/** A key as it is on the wire: its type, then bytes. */
function key(type: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), randomBytes(40)]);
}

const [ed25519, rsa, other] = [key('ssh-ed25519'), key('ssh-rsa'), key('ssh-ed25519')];

function hashed(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

async function fileOf(lines: string[]): Promise<string> {
  const path = join(await scratchFolder(), 'known_hosts');
  await writeFile(path, lines.join('\n'));
  return path;
}

const line = (hosts: string, one: Buffer, marker = '') =>
  `${marker}${hosts} ${keyTypeOf(one)} ${one.toString('base64')} a comment`;

describe('finds a host', () => {
  test.each([
    ['plain', 'web1', 'web1', true],
    ['among others', 'a,web1,b', 'web1', true],
    ['in other case', 'WEB1.Example.org', 'web1.example.ORG', true],
    ['with a port', '[web1]:2222', '[web1]:2222', true],
    ['but not without it', 'web1', '[web1]:2222', false],
    ['by a pattern', '*.example.org', 'web1.example.org', true],
    ['by one unknown letter', 'web?', 'web1', true],
    ['but not one that is excluded', '*.example.org,!web1.example.org', 'web1.example.org', false],
    ['where a dot is a dot', 'web1.org', 'web1xorg', false],
    ['hashed', hashed('web1'), 'web1', true],
    ['hashed with a port', hashed('[web1]:2222'), '[web1]:2222', true],
    ['but not another hashed one', hashed('web1'), 'web2', false],
    ['but not in a comment', '# web1', 'web1', false],
  ])('%s', async (_, hosts, name, found) => {
    const path = await fileOf(['# known hosts', '', line(hosts, ed25519)]);
    expect(await knownKeys([join(path, 'none'), path], name)).toHaveLength(found ? 1 : 0);
  });
});

describe('judges a key', () => {
  const judge = async (lines: string[], shown: Buffer) =>
    judgeHostKey(await knownKeys([await fileOf(lines)], 'web1'), shown).kind;

  test.each<[string, string[], Buffer]>([
    ['known', [line('web1', rsa), line('web1', ed25519)], ed25519],
    ['unknown', [line('web2', ed25519)], ed25519],
    ['unknown', [line('web1', other, '@cert-authority ')], ed25519],
    ['unknown', [], ed25519],
    ['changed', [line('web1', other)], ed25519],
    ['changed', [line('web1', rsa)], ed25519],
    ['revoked', [line('web1', ed25519, '@revoked '), line('web1', ed25519)], ed25519],
    ['unknown', [line('web1', other, '@revoked ')], ed25519],
  ])('%s', async (kind, lines, shown) => {
    expect(await judge(lines, shown)).toBe(kind);
  });
});

test('says where a key stands', async () => {
  const path = await fileOf(['# one', line('web1', other)]);
  expect(judgeHostKey(await knownKeys([path], 'web1'), ed25519)).toMatchObject({
    known: { place: `${path}:2` },
  });
});

test('remembers what was agreed to, in a file of its own', async () => {
  const home = join(await scratchFolder(), 'dbbackup');
  await rememberHostKey(home, '[web1]:2222', ed25519);
  await rememberHostKey(home, 'web2', rsa);
  expect(judgeHostKey(await knownKeys([ownKnownHosts(home)], '[web1]:2222'), ed25519).kind).toBe('known');
  expect((await readFile(ownKnownHosts(home), 'utf8')).split('\n')).toHaveLength(3);
  expect((await stat(ownKnownHosts(home))).mode & 0o777).toBe(0o600);
});
