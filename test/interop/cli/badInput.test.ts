import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as openpgp from 'openpgp';
import { describe, expect, it, onTestFinished } from 'vitest';
import { withLock } from '../../../src/core/files/lock.ts';
import { canMount } from '../../support/canMount.ts';
import type { CliRun } from '../../support/cli.ts';
import { type TarMember, tarOf } from '../../support/evilTar.ts';
import { leftIn } from '../../support/leftovers.ts';
import { OtherProcess } from '../../support/otherProcess.ts';
import { change, recipient, type TestProject, testProject } from '../../support/project.ts';
import { testTask } from '../../support/task.ts';

/**
 * DESIGN's table of bad input, row by row: a named error with the next step and its exit code, the live database byte
 * for byte as before, nothing new under a final name, nothing left over.
 */
async function refused(
  project: TestProject,
  args: string[],
  expected: { code: string; exit: number; message?: RegExp },
): Promise<CliRun> {
  const database = existsSync(project.database) ? readFileSync(project.database) : undefined;
  const files = everyFile(project.folder);
  const run = await project.cli(...args, '--json');
  expect(run.json, run.stderr).toMatchObject({ error: { code: expected.code } });
  expect(run.exit).toBe(expected.exit);
  expect(run.json.error.message).toMatch(expected.message ?? /./);
  if (database) expect(readFileSync(project.database).equals(database)).toBe(true);
  expect(everyFile(project.folder)).toEqual(files);
  expect(leftIn(project.home).filter((name) => !name.includes('.lock'))).toEqual([]);
  const undo = join(project.home, 'undo');
  expect(existsSync(undo) ? readdirSync(undo) : []).toEqual([]);
  return run;
}

function everyFile(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter((name) => !/-(wal|shm)$/.test(name))
    .sort();
}

function write(project: TestProject, name: string, content: string | Uint8Array): string {
  const path = join(project.folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

async function encryptedBackup(project: TestProject): Promise<{ path: string; bytes: Buffer }> {
  const made = await project.cli('backup', '-r', recipient, '--json');
  const path = made.json.backups[0]?.path ?? 'none';
  return { path, bytes: readFileSync(path) };
}

describe('exit 2: usage and configuration', () => {
  it('an unknown command or option', async () => {
    const project = await testProject({ key: false });
    expect((await project.cli('frobnicate')).exit).toBe(2);
    expect((await project.cli('backup', '--frobnicate')).exit).toBe(2);
    await refused(project, ['backup', '--format', 'csv'], { code: 'usage', exit: 2 });
  });

  it('no database', async () => {
    const project = await testProject({ key: false });
    rmSync(project.database);
    await refused(project, ['backup', '--no-encrypt'], { code: 'no-database', exit: 2 });
  });

  it('an alias that is not there', async () => {
    const project = await testProject({ key: false });
    const run = { code: 'no-such-database', exit: 2, message: /other/ };
    await refused(project, ['backup', '--no-encrypt', '-d', 'other'], run);
  });

  it('no recipient: never plaintext by accident', async () => {
    await refused(await testProject({ key: false }), ['backup'], { code: 'no-recipient', exit: 2 });
  });

  it('an unknown recipient', async () => {
    const run = { code: 'unknown-recipient', exit: 2, message: /nobody@example\.org/ };
    await refused(await testProject(), ['backup', '-r', 'nobody@example.org'], run);
  });

  it('a recipient that two keys answer to', async () => {
    const project = await testProject();
    const twin = ['--name', 'Twin', '--email', recipient, '--algorithm', 'ecc', '--no-passphrase'];
    await project.cli('keys', 'generate', ...twin);
    await refused(project, ['backup', '-r', recipient], { code: 'ambiguous-recipient', exit: 2 });
  });

  it('--into a file that exists', async () => {
    const project = await testProject();
    const { path } = await encryptedBackup(project);
    await refused(project, ['restore', path, '--into', project.database], { code: 'target-exists', exit: 2 });
  });

  it('--output to a file that exists, of the database and of media', async () => {
    const project = await testProject();
    write(project, 'media/a.txt', 'a');
    write(project, '.vscode/settings.json', '{ "dbbackup.mediaRoot": "media" }');
    const taken = write(project, 'taken', 'something else');
    for (const what of [[], ['--media']]) {
      await refused(project, ['backup', ...what, '-r', recipient, '-o', taken], {
        code: 'target-exists',
        exit: 2,
      });
    }
    expect(readFileSync(taken, 'utf8')).toBe('something else');
  });

  it('a file that is not there, and no backups at all', async () => {
    const project = await testProject();
    await refused(project, ['restore', join(project.folder, 'gone.dump')], { code: 'no-such-file', exit: 2 });
    await refused(project, ['restore', '--yes'], { code: 'no-backups', exit: 2 });
  });

  it('nobody to confirm', async () => {
    const project = await testProject();
    await encryptedBackup(project);
    await refused(project, ['restore'], { code: 'not-confirmed', exit: 2 });
  });

  it('settings that cannot be read', async () => {
    const project = await testProject();
    write(project, '.vscode/settings.json', '{ "dbbackup.folder": ');
    await refused(project, ['backup', '-r', recipient], {
      code: 'settings-unreadable',
      exit: 2,
      message: /settings\.json, line 1:/,
    });
  });

  it('settings of Django that are no Python, where nothing else names the database', async () => {
    const project = await testProject();
    rmSync(project.database);
    write(
      project,
      'manage.py',
      "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'app.settings')\n",
    );
    write(project, 'app/__init__.py', '');
    write(project, 'app/settings.py', 'DEBUG = True\n\nDATABASES = {"default": {\n');
    await refused(project, ['backup', '-r', recipient], {
      code: 'settings-unreadable',
      exit: 2,
      message: /settings\.py:4:/,
    });
  });

  it.each([
    ['that has expired', 'expired-recipient', { date: new Date('2020-01-01'), keyExpirationTime: 86_400 }],
    ['that can only sign', 'sign-only-recipient', { subkeys: [] }],
  ])('a recipient %s', async (_name, code, options) => {
    const project = await testProject();
    const { publicKey } = await openpgp.generateKey({ userIDs: { email: 'old@example.org' }, ...options });
    const imported = await project.cli('keys', 'import', write(project, 'old.asc', publicKey));
    expect(imported.exit, imported.stderr).toBe(0);
    const message = /old@example\.org/;
    await refused(project, ['backup', '-r', 'old@example.org'], { code, exit: 2, message });
    await refused(project, ['backup', '-r', recipient, '-r', 'old@example.org'], { code, exit: 2, message });
  });

  it('a recipient that is revoked', async () => {
    const project = await testProject();
    expect((await project.cli('keys', 'revoke', recipient, '--yes')).exit).toBe(0);
    await refused(project, ['backup', '-r', recipient], { code: 'revoked-recipient', exit: 2 });
  });
});

describe('exit 3: secrets', () => {
  it('no secret key', async () => {
    const project = await testProject();
    const { path } = await encryptedBackup(project);
    const stranger = project.cliWith({ DBBACKUP_HOME: join(project.folder, '..', 'other') });
    const run = await stranger('restore', path, '--yes', '--json');
    expect(run.json.error).toMatchObject({ code: 'no-secret-key' });
    expect(run.json.error.message).toMatch(/[0-9A-F]{16}/);
    expect(run.exit).toBe(3);
  });

  it('a new passphrase that nobody can be asked for, with the ways to give it', async () => {
    const project = await testProject();
    const code = 'passphrase-needed';
    const made = await refused(project, ['keys', 'generate', '--name', 'N', '--email', 'n@example.org'], {
      code,
      exit: 3,
    });
    expect(made.json.error.hint).toMatch(/--passphrase-file .*--no-passphrase/);
    const changed = await refused(project, ['keys', 'passphrase', recipient], { code, exit: 3 });
    expect(changed.json.error.hint).toMatch(/--new-passphrase-file .*--no-passphrase/);
  });

  it('a passphrase that is missing, wrong, or right in the environment', async () => {
    const project = await testProject({ key: false });
    const secret = 'correct horse battery';
    const withSecret = project.cliWith({ DBBACKUP_PASSPHRASE: secret });
    const owner = ['--name', 'Ops', '--email', recipient, '--algorithm', 'ecc'];
    const made = await withSecret('keys', 'generate', ...owner, '--json');
    expect(made.exit, made.stderr).toBe(0);
    await encryptedBackup(project);
    await refused(project, ['restore', '--yes'], { code: 'passphrase-needed', exit: 3 });
    const file = write(project, 'wrong.txt', 'not it\n');
    const wrong = await refused(project, ['restore', '--yes', '--passphrase-file', file], {
      code: 'wrong-passphrase',
      exit: 3,
    });
    expect(wrong.stdout + wrong.stderr).not.toContain('not it');
    writeFileSync(file, `${secret}\n`);
    const right = await project.cli('restore', '--yes', '--json', '--passphrase-file', file);
    expect(right.exit, right.stderr).toBe(0);
    expect(right.stdout + right.stderr).not.toContain(secret);
  });
});

describe('exit 4: damaged, forged, refused', () => {
  it('a truncated or flipped backup', async () => {
    const project = await testProject();
    const { path, bytes } = await encryptedBackup(project);
    writeFileSync(path, bytes.subarray(0, bytes.length - 40));
    await refused(project, ['restore', '--yes'], { code: 'damaged', exit: 4 });
    const flipped = Buffer.from(bytes);
    flipped[bytes.length - 60]! ^= 1;
    writeFileSync(path, flipped);
    await refused(project, ['restore', '--yes'], { code: 'damaged', exit: 4 });
  });

  it('a signature over something else, and none where one is required', async () => {
    const project = await testProject();
    const secret = (await project.cli('keys', 'export', recipient, '--secret')).stdout;
    const key = await openpgp.readPrivateKey({ armoredKey: secret });
    const message = await (await openpgp.createMessage({ text: 'CREATE TABLE paid(x);\n' })).sign([key]);
    const packets = message.packets as unknown as { setText?: (text: string) => void }[];
    packets.find((packet) => packet.setText)?.setText?.('CREATE TABLE owed(x);\n');
    const forged = await openpgp.encrypt({ message, encryptionKeys: key, format: 'binary' });
    const path = write(project, 'forged.dump.gpg', forged);
    await refused(project, ['restore', path, '--yes'], { code: 'wrong-signature', exit: 4 });
    const unsigned = await encryptedBackup(project);
    write(project, '.vscode/settings.json', '{ "dbbackup.requireSignature": true }');
    await refused(project, ['restore', unsigned.path, '--yes'], { code: 'missing-signature', exit: 4 });
    await refused(project, ['restore', path, '--yes'], { code: 'wrong-signature', exit: 4 });
  });

  it.each<[string, TarMember[]]>([
    ['leaves the root', [{ name: '../outside.txt', content: 'x' }]],
    ['has a name from the root of the disk', [{ name: '/tmp/outside.txt', content: 'x' }]],
    ['is a hard link out of it', [{ name: 'out', type: 'link', linkname: '../db.sqlite3' }]],
    [
      'writes through a link',
      [
        { name: 'out', type: 'symlink', linkname: '/tmp' },
        { name: 'out/x.txt', content: 'x' },
      ],
    ],
    ['has a device', [{ name: 'disk', type: 'block-device' }]],
    ['has a pipe', [{ name: 'pipe', type: 'fifo' }]],
  ])('an archive that %s', async (_name, members) => {
    const project = await testProject();
    write(project, 'media/a.txt', 'live');
    write(project, '.vscode/settings.json', '{ "dbbackup.mediaRoot": "media" }');
    const path = write(project, 'evil.tar', await tarOf({ name: 'b.txt', content: 'b' }, ...members));
    await refused(project, ['restore', '--media', path, '--yes'], { code: 'bad-archive', exit: 4 });
    expect(readFileSync(join(project.folder, 'media/a.txt'), 'utf8')).toBe('live');
  });

  it('plain text under an encrypted name', async () => {
    const project = await testProject();
    const path = write(project, 'forged.dump.gpg', 'CREATE TABLE note(id INTEGER PRIMARY KEY);\n');
    await refused(project, ['restore', path, '--yes'], { code: 'not-openpgp', exit: 4 });
  });

  it('a damaged gzip', async () => {
    const project = await testProject();
    const packed = gzipSync('CREATE TABLE t(x);\n'.repeat(50));
    const path = write(project, 'cut.dump.gz', packed.subarray(0, packed.length - 6));
    await refused(project, ['restore', path, '--yes'], { code: 'damaged', exit: 4 });
  });

  it.each([
    ['text that is no dump', 'Dear all,\nplease find attached nothing.\n', 'not-a-dump'],
    ['an empty file', '', 'not-a-dump'],
    [
      'a PostgreSQL dump',
      '--\n-- PostgreSQL database dump\n--\nSET statement_timeout = 0;\n',
      'foreign-engine',
    ],
    [
      'a MySQL dump',
      '-- MySQL dump 10.13\n/*!40101 SET NAMES utf8 */;\nCREATE TABLE `t` (`id` int) ENGINE=InnoDB;\n',
      'foreign-engine',
    ],
    ['ATTACH', "CREATE TABLE t(x);\nATTACH '/tmp/evil.db' AS e;\n", 'forbidden-statement'],
    ['a dot-command', 'CREATE TABLE t(x);\n.shell touch /tmp/evil\n', 'forbidden-statement'],
    [
      'load_extension',
      "CREATE TABLE t(x);\nINSERT INTO t VALUES(load_extension('evil'));\n",
      'forbidden-statement',
    ],
    [
      'writable_schema at large',
      "CREATE TABLE t(x);\nPRAGMA writable_schema=ON;\nUPDATE sqlite_master SET sql='x';\n",
      'forbidden-statement',
    ],
    [
      'a query that never ends',
      'CREATE TABLE t(x);\nINSERT INTO t WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) SELECT x FROM c;\n',
      'forbidden-statement',
    ],
    [
      'a row that will not go in',
      'CREATE TABLE t(x NOT NULL);\nINSERT INTO t VALUES(NULL);\n',
      'row-refused',
    ],
  ])('%s', async (_name, sql, code) => {
    const project = await testProject();
    const path = write(project, 'bad.dump', sql);
    await refused(project, ['restore', path, '--yes'], { code, exit: 4 });
  });

  it('a dump of ours that was cut off at a line', async () => {
    const project = await testProject();
    const made = await project.cli('backup', '--no-encrypt', '--json');
    const path = made.json.backups[0]?.path ?? 'none';
    const lines = readFileSync(path, 'utf8').split('\n');
    writeFileSync(
      path,
      `${lines
        .slice(
          0,
          lines.findIndex((line) => line.startsWith('COMMIT')),
        )
        .join('\n')}\n`,
    );
    await refused(project, ['restore', '--yes'], { code: 'damaged', exit: 4 });
  });

  it('a raw image that is corrupt', async () => {
    const project = await testProject();
    const image = Buffer.from(readFileSync(project.database));
    image.fill(0xff, 4096, 8192);
    const path = write(project, 'bad.sqlite3.gz', gzipSync(image));
    await refused(project, ['restore', path, '--yes'], { code: 'damaged', exit: 4 });
  });

  it('decrypting what is not encrypted', async () => {
    const project = await testProject();
    const path = write(project, 'plain.txt', 'hello');
    await refused(project, ['decrypt', path], { code: 'not-openpgp', exit: 4 });
  });
});

describe('exit 5: busy', () => {
  it('a live database that another program holds', async () => {
    const project = await testProject();
    await encryptedBackup(project);
    const holder = new OtherProcess(project.database);
    await holder.sql('BEGIN EXCLUSIVE');
    await refused(project, ['restore', '--yes'], { code: 'busy', exit: 5 });
  }, 60_000);

  it('another run at work, which is named, with since when', async () => {
    const project = await testProject();
    await encryptedBackup(project);
    const live = realpathSync(project.database);
    await withLock(project.home, live, 'a restore of the shop', testTask(), async () => {
      const message = /a restore of the shop \(process \d+ on .+, since 20/;
      await refused(project, ['restore', '--yes'], { code: 'busy', exit: 5, message });
    });
  }, 60_000);
});

describe('exit 1: what is wrong with the place', () => {
  it('a live database that is corrupt', async () => {
    const project = await testProject();
    await encryptedBackup(project);
    const image = readFileSync(project.database);
    writeFileSync(
      project.database,
      Buffer.concat([image.subarray(0, 100), Buffer.alloc(image.length - 100, 0xff)]),
    );
    await refused(project, ['backup', '-r', recipient], { code: 'database-corrupt', exit: 1 });
  });

  it('a live database that is gone', async () => {
    const project = await testProject();
    write(
      project,
      '.vscode/settings.json',
      '{ "dbbackup.databases": [{ "alias": "a", "path": "gone.sqlite3" }] }',
    );
    await refused(project, ['backup', '-r', recipient], {
      code: 'database-vanished',
      exit: 1,
      message: /gone/,
    });
  });

  it.skipIf(process.platform === 'win32')('a live database that may only be read', async () => {
    const project = await asNobody();
    chmodSync(project.database, 0o444);
    for (const name of readdirSync(join(project.folder, 'backups')))
      chmodSync(join(project.folder, 'backups', name), 0o644);
    await refused(project, ['restore', '--yes'], { code: 'database-readonly', exit: 1 });
  });

  it.skipIf(process.platform === 'win32')('a backups folder that cannot be written', async () => {
    const project = await asNobody();
    await refused(project, ['backup', '--no-encrypt'], { code: 'folder-not-writable', exit: 1 });
  });

  it.skipIf(!canMount())('a disk that is full', async () => {
    const project = await testProject();
    change(project.database, 'CREATE TABLE big AS SELECT randomblob(200000) AS content');
    const folder = join(project.folder, 'backups');
    mkdirSync(folder);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]);
    onTestFinished(() => void execFileSync('umount', [folder]));
    await refused(project, ['backup', '--no-encrypt'], { code: 'disk-full', exit: 1 });
    await refused(project, ['backup', '-r', recipient], { code: 'disk-full', exit: 1 });
  });

  it('a media root that is not there', async () => {
    const project = await testProject();
    await refused(project, ['backup', '--media', '-r', recipient], { code: 'media-root-missing', exit: 1 });
  });

  it('nothing to undo', async () => {
    await refused(await testProject(), ['undo', '--yes'], { code: 'nothing-to-undo', exit: 1 });
  });

  it('a backups folder that is a file', async () => {
    const project = await testProject();
    write(project, 'backups', 'a file');
    const run = await project.cli('backup', '-r', recipient, '--json');
    expect(run.json).toMatchObject({
      error: { code: expect.stringMatching(/no-such-file|folder-not-writable/) },
    });
  });
});

/** A project with a backup whose command line runs as nobody, where the tests run as root, whom no permissions hold back. */
async function asNobody(): Promise<TestProject> {
  const project = await testProject();
  await project.cli('backup', '--no-encrypt');
  const home = join(project.folder, '..', 'nobody');
  mkdirSync(home);
  const isRoot = process.getuid?.() === 0;
  // Threads are of the user that the process is of, and must not be told to change.
  const dropped =
    "data:text/javascript,import{isMainThread}from'node:worker_threads';if(isMainThread){process.setgid(65534);process.setuid(65534)}";
  if (isRoot) chownSync(home, 65534, 65534);
  for (const folder of [dirname(project.folder), project.folder]) chmodSync(folder, 0o755);
  chmodSync(join(project.folder, 'backups'), 0o555);
  onTestFinished(() => chmodSync(join(project.folder, 'backups'), 0o755));
  const cli = project.cliWith({
    DBBACKUP_HOME: home,
    // Nobody may write where the coverage of commands is kept.
    ...(isRoot ? { NODE_OPTIONS: `--import=${dropped}`, NODE_V8_COVERAGE: '' } : {}),
  });
  return { ...project, home, cli };
}

describe('no error at all', () => {
  it('a clock behind the newest backup, which is warned of', async () => {
    const project = await testProject();
    write(project, 'backups/default-web1-2099-01-01-000000.dump', 'of another time');
    const run = await project.cli('backup', '-r', recipient, '--json');
    expect(run.exit, run.stderr).toBe(0);
    expect(run.json.warnings).toMatchObject([{ code: 'clock-behind' }]);
  });

  it('a link of an archive that leads out of the media folder, which is left out by name', async () => {
    const project = await testProject();
    write(project, 'media/a.txt', 'live');
    write(project, '.vscode/settings.json', '{ "dbbackup.mediaRoot": "media" }');
    const link = { name: 'out', type: 'symlink', linkname: '../..' } as const;
    const path = write(project, 'link.tar', await tarOf(link, { name: 'b.txt', content: 'b' }));
    const run = await project.cli('restore', '--media', path, '--yes', '--json');
    expect(run.exit, run.stderr).toBe(0);
    expect(run.json.warnings).toMatchObject([
      { code: 'link-leaves-root', message: expect.stringMatching(/"out"/) },
    ]);
    expect(readdirSync(join(project.folder, 'media')).sort()).toEqual(['a.txt', 'b.txt']);
  });

  it('a .dump that is a raw image, and an image named otherwise', async () => {
    const project = await testProject();
    const image = readFileSync(project.database);
    for (const name of ['raw.dump', 'raw.bin']) {
      const path = write(project, join('..', name), image);
      change(project.database, 'DELETE FROM note');
      const run = await project.cli('restore', path, '--yes', '--json');
      expect(run.exit, run.stderr).toBe(0);
      expect(run.json.restored.tables).toBe(2);
    }
  });
});
