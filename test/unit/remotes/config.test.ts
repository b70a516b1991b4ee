import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BackupError } from '../../../src/core/errors.ts';
import { findRemoteConfig, readRemoteConfigs } from '../../../src/core/remotes/config.ts';

test('reads each kind', () => {
  const settings = [
    { name: 'nas', type: 'folder', path: '/mnt/nas/app', readBack: '10 MB' },
    {
      name: 'web1',
      type: 'sftp',
      host: 'web1.example.org',
      path: '/srv/app/backups',
      user: 'me',
      port: 2222,
    },
    { name: 'old', type: 'ftp', host: 'ftp.example.org', user: 'me', secure: 'implicit' },
    { name: 'cloud', type: 'rclone', remote: 'drive:', path: 'app' },
  ];
  expect(readRemoteConfigs(settings)).toMatchObject([
    { type: 'folder', readBack: 10_000_000 },
    { type: 'sftp', port: 2222, keyFile: undefined },
    { type: 'ftp', secure: 'implicit', path: '', readBack: 1_000_000_000 },
    { type: 'rclone', remote: 'drive', path: 'app' },
  ]);
  expect(readRemoteConfigs(undefined)).toEqual([]);
});

test('FTP asks for TLS unless it is told not to', () => {
  const [config] = readRemoteConfigs([{ name: 'a', type: 'ftp', host: 'h' }]);
  expect(config).toMatchObject({ secure: true });
});

test.each<[unknown, RegExp]>([
  ['x', /dbbackup\.remotes\[0\] is no object/],
  [{ type: 'folder', path: '/x' }, /\[0\]\.name is missing/],
  [{ name: 'a', type: 'toString', path: '/x' }, /\[0\]\.type is none of/],
  [{ name: 'a', type: 'folder' }, /\[0\]\.path is missing/],
  [{ name: 'a', type: 'folder', path: 'x' }, /\[0\]\.path is not absolute/],
  [{ name: 'a', type: 'folder', path: 7 }, /\[0\]\.path is no text/],
  [{ name: 'a', type: 'sftp', host: 'h', path: '/x', port: 70_000 }, /\[0\]\.port is no port/],
  [{ name: 'a', type: 'sftp', host: 'h', path: '/x', prot: 22 }, /\[0\]\.prot is not known/],
  [{ name: 'a', type: 'ftp', host: 'h\r\nDELE x' }, /\[0\]\.host holds control characters/],
  [{ name: 'a', type: 'ftp', host: 'h', secure: 'no' }, /\[0\]\.secure is none of/],
  [{ name: 'a', type: 'folder', path: '/x', readBack: 'much' }, /\[0\]\.readBack is no size/],
])('refuses %j, naming the key', (entry, message) => {
  expect(() => readRemoteConfigs([entry])).toThrow(
    expect.objectContaining({ code: 'usage', message: expect.stringMatching(message) }),
  );
});

test('refuses a secret without repeating it', () => {
  const settings = [{ name: 'a', type: 'sftp', host: 'h', path: '/x', password: 'hunter2' }];
  expect(() => readRemoteConfigs(settings)).toThrow(/password looks like a secret/);
  expect(() => readRemoteConfigs(settings)).not.toThrow(/hunter2/);
});

test('refuses two of one name', () => {
  const one = { name: 'a', type: 'folder', path: '/x' };
  expect(() => readRemoteConfigs([one, one])).toThrow(/\[1\]\.name is "a" like another's/);
});

test('names the remotes that there are', () => {
  const configs = readRemoteConfigs([{ name: 'nas', type: 'folder', path: '/x' }]);
  expect(findRemoteConfig(configs, 'nas').name).toBe('nas');
  expect(() => findRemoteConfig(configs, 'nsa')).toThrow(
    expect.objectContaining({ code: 'no-such-remote', hint: 'The remotes are: nas.' }),
  );
});

test('whatever is there, it is read or refused', () => {
  fc.assert(
    fc.property(fc.array(fc.anything()), (settings) => {
      try {
        readRemoteConfigs(settings);
      } catch (error) {
        expect(error).toBeInstanceOf(BackupError);
      }
    }),
  );
});
