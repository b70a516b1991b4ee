import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../support/canon.ts';
import { fixture, fixtures } from '../../support/fixtures.ts';
import { OtherProcess } from '../../support/otherProcess.ts';
import { hasProgram } from '../../support/programs.ts';
import { change, recipient, type TestProject, testProject } from '../../support/project.ts';

/** A project whose media folder has what loses its way elsewhere: names, modes, dates, links, empty folders. */
async function mediaProject(): Promise<TestProject & { media: string }> {
  const project = await testProject();
  const media = join(project.folder, 'upload');
  mkdirSync(join(media, 'social-media', 'media'), { recursive: true });
  mkdirSync(join(media, 'empty'));
  writeFileSync(join(media, 'hello.txt'), 'hello');
  writeFileSync(join(media, 'social-media', 'media', 'żółć 🦄.txt'), 'unicode');
  writeFileSync(join(media, 'script.sh'), '#!/bin/sh\n', { mode: 0o755 });
  symlinkSync('hello.txt', join(media, 'link'));
  utimesSync(join(media, 'hello.txt'), 1_600_000_000, 1_600_000_000);
  mkdirSync(join(project.folder, '.vscode'));
  writeFileSync(
    join(project.folder, '.vscode', 'settings.json'),
    JSON.stringify({ 'dbbackup.mediaRoot': 'upload' }),
  );
  return { ...project, media };
}

function treeOf(folder: string): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .map((name) => {
      const facts = lstatSync(join(folder, name));
      if (facts.isSymbolicLink()) return `${name} -> ${readlinkSync(join(folder, name))}`;
      return facts.isFile()
        ? `${name} ${(facts.mode & 0o777).toString(8)} ${Math.floor(facts.mtimeMs / 1000)} ${readFileSync(join(folder, name)).toString('hex')}`
        : `${name}/`;
    })
    .sort();
}

describe('media at the command line', () => {
  it.each([
    ['tar', ['-r', recipient], /\.tar\.gpg$/],
    ['tar, plain', ['--no-encrypt'], /\.tar$/],
    ['tar, gzip and encrypted', ['-z', '-r', recipient], /\.tar\.gz\.gpg$/],
    ['zip', ['--archive', 'zip', '-r', recipient], /\.zip\.gpg$/],
  ])('backs up and restores: %s', async (_name, args, name) => {
    const { cli, media } = await mediaProject();
    const before = treeOf(media);
    const made = await cli('backup', '--media', ...args, '--json');
    expect(made.exit, made.stderr).toBe(0);
    expect(made.json.backups[0]?.file).toMatch(name);
    rmSync(join(media, 'hello.txt'));
    writeFileSync(join(media, 'script.sh'), 'changed');
    writeFileSync(join(media, 'new.txt'), 'new');
    const damaged = treeOf(media);
    const restored = await cli('restore', '--media', '--mode', 'mirror', '--yes', '--json');
    expect(restored.exit, restored.stderr).toBe(0);
    expect(treeOf(media)).toEqual(before);
    const undone = await cli('undo', '--yes', '--json');
    expect(undone.exit, undone.stderr).toBe(0);
    expect(treeOf(media)).toEqual(damaged);
  });

  it.skipIf(!hasProgram('gpg'))('makes what gpg -d | tar x unpacks to the same tree', async () => {
    const { cli, media, folder } = await mediaProject();
    const made = await cli('backup', '--media', '-r', recipient, '--json');
    const secret = await cli('keys', 'export', recipient, '--secret');
    const gnupg = join(folder, '..', 'g');
    const target = join(folder, '..', 'unpacked');
    mkdirSync(gnupg, { mode: 0o700 });
    mkdirSync(target);
    const env = { ...process.env, GNUPGHOME: gnupg };
    try {
      execFileSync('gpg', ['--batch', '--quiet', '--import'], { input: secret.stdout, env, stdio: 'pipe' });
      const script = 'gpg --batch --quiet -d "$1" | tar -x -C "$2"';
      execFileSync(
        'bash',
        ['-o', 'pipefail', '-ec', script, 'sh', made.json.backups[0]?.path ?? '', target],
        { env },
      );
    } finally {
      execFileSync('gpgconf', ['--kill', 'all'], { env });
    }
    expect(treeOf(target)).toEqual(treeOf(media));
  });

  it('makes and restores a restore point, both halves or neither', async () => {
    const { cli, media, database } = await mediaProject();
    const [tree, rows] = [treeOf(media), digestOf(database)];
    const made = await cli('backup', '--all', '-r', recipient, '--json');
    expect(made.exit, made.stderr).toBe(0);
    expect(made.json.backups).toHaveLength(2);
    const times = made.json.backups.map(({ file }) => /\d{4}-\d\d-\d\d-\d{6}/.exec(file)?.[0]);
    expect(times[0]).toBe(times[1]);

    rmSync(join(media, 'hello.txt'));
    change(database, 'DELETE FROM note');
    const [otherTree, otherRows] = [treeOf(media), digestOf(database)];
    const holder = new OtherProcess(database);
    await holder.sql('BEGIN IMMEDIATE');
    const refused = await cli('restore', '--all', '--yes', '--json');
    expect(refused.json.error?.code, refused.stderr).toBe('busy');
    await holder.close();
    expect(treeOf(media)).toEqual(otherTree);
    expect(digestOf(database)).toEqual(otherRows);

    const restored = await cli('restore', '--all', '--yes', '--json');
    expect(restored.exit, restored.stderr).toBe(0);
    expect(treeOf(media)).toEqual(tree);
    expect(digestOf(database)).toEqual(rows);

    const both = () => [treeOf(media), digestOf(database)];
    const undone = await cli('undo', '--yes', '--json');
    expect(undone.exit, undone.stderr).toBe(0);
    expect(both()).toEqual([otherTree, otherRows]);
    expect((await cli('undo', '--yes', '--json')).exit).toBe(0);
    expect(both(), 'the undo undone').toEqual([tree, rows]);
    expect((await cli('undo', '--yes', '--json')).exit).toBe(0);
    expect(both(), 'and again').toEqual([otherTree, otherRows]);
  }, 120_000);

  it.each(['db', 'logs'])(
    'restores a restore point of two databases wholly or not at all: %s is busy',
    async (busy) => {
      const { cli, folder, media, database } = await mediaProject();
      const logs = join(folder, 'logs.sqlite3');
      change(logs, 'CREATE TABLE entry(text); INSERT INTO entry VALUES (1)');
      const settings = {
        'dbbackup.mediaRoot': 'upload',
        'dbbackup.databases': ['db', 'logs'].map((alias) => ({ alias, path: `${alias}.sqlite3` })),
      };
      writeFileSync(join(folder, '.vscode', 'settings.json'), JSON.stringify(settings));
      const all = () => [treeOf(media), digestOf(database), digestOf(logs)];
      const original = all();
      expect((await cli('backup', '--all', '--no-encrypt')).exit).toBe(0);
      rmSync(join(media, 'hello.txt'));
      change(database, 'DELETE FROM note');
      change(logs, 'DELETE FROM entry');
      const changed = all();

      const holder = new OtherProcess(busy === 'db' ? database : logs);
      await holder.sql('BEGIN IMMEDIATE');
      const refused = await cli('restore', '--all', '--yes', '--json');
      expect(refused.json.error?.code, refused.stderr).toBe('busy');
      await holder.close();
      expect(all()).toEqual(changed);
      expect((await cli('undo', '--list', '--json')).json, 'what was taken back left no copy').toMatchObject({
        copies: [],
      });

      expect((await cli('restore', '--all', '--yes')).exit).toBe(0);
      expect(all()).toEqual(original);
      expect((await cli('undo', '--yes')).exit).toBe(0);
      expect(all()).toEqual(changed);
    },
    120_000,
  );

  it('says what is inside, what would change, and brings one file back alone', async () => {
    const { cli, media } = await mediaProject();
    const made = await cli('backup', '--media', '-r', recipient, '--json');
    const file = made.json.backups[0]?.path ?? '';
    const inside = await cli('inspect', file);
    expect(inside.exit, inside.stderr).toBe(0);
    expect(inside.stdout).toMatch(/^ +5 bytes {2}2020-09-13T12:26:40Z {2}hello\.txt$/m);
    expect(inside.stdout).toMatch(/^ +folder .* {2}empty\/$/m);
    expect(inside.stdout).toMatch(/ {2}link -> hello\.txt$/m);
    const { members } = (await cli('inspect', file, '--json')).json;
    expect(members.map(({ path }) => path)).toContain('social-media/media/żółć 🦄.txt');

    rmSync(join(media, 'hello.txt'));
    rmSync(join(media, 'link'));
    writeFileSync(join(media, 'script.sh'), 'changed');
    writeFileSync(join(media, 'new\n.txt'), 'new');
    const before = treeOf(media);
    const dry = await cli('restore', '--media', '--mode', 'mirror', '--dry-run', '--json');
    expect(dry.json.files).toEqual({
      ...{ added: 2, replaced: 1, removed: 1 },
      paths: { added: ['hello.txt', 'link'], replaced: ['script.sh'], removed: ['new\n.txt'] },
    });
    const lines = (await cli('restore', '--media', '--mode', 'mirror', '--dry-run')).stdout.split('\n');
    expect(lines.slice(1)).toEqual([
      '  files: 2 added, 1 replaced, 1 removed',
      ...['  - new\ufffd.txt', '  ! script.sh', '  + hello.txt', '  + link', ''],
    ]);
    expect(treeOf(media)).toEqual(before);

    expect((await cli('restore', '--only', 'hello.txt', '--yes', '--json')).json.error.code).toBe('usage');
    const missing = await cli('restore', '--media', '--only', 'nope.txt', '--yes', '--json');
    expect(missing.json.error.code).toBe('no-such-file');
    const one = await cli('restore', '--media', '--only', 'hello.txt', '--yes', '--json');
    expect(one.json.files).toEqual({ added: 1, replaced: 0, removed: 0 });
    expect(treeOf(media)).toHaveLength(before.length + 1);
    const undone = await cli('undo', '--yes');
    expect(undone.stdout).toContain(
      `${media} is as it was before.\n  files: 0 added, 0 replaced, 1 removed\n`,
    );
    expect(treeOf(media)).toEqual(before);
  });

  it('refuses an archive that leaves the root, and leaves no trace', async () => {
    const { cli, media, folder } = await mediaProject();
    const before = [treeOf(media), readdirSync(folder), readdirSync(join(folder, '..'))];
    const run = await cli('restore', fixture('hand', 'evil.tar'), '--media', '--yes', '--json');
    expect(run.json.error?.code).toBe('bad-archive');
    expect(run.exit).toBe(4);
    expect([treeOf(media), readdirSync(folder), readdirSync(join(folder, '..'))]).toEqual(before);
  });

  it("restores every django-dbbackup's media", async () => {
    const { cli, media } = await mediaProject();
    await cli('keys', 'import', fixture('keys', 'nopass.sec.asc'), fixture('keys', 'withpass.sec.asc'));
    const passphrase = fixture('keys', 'withpass.passphrase.txt');
    const original = treeOf(fixture('originals', 'media')).map(withoutFacts);
    const names = (readdirSync(fixtures, { recursive: true }) as string[]).filter((name) =>
      /media-backups\/.*\.tar/.test(name),
    );
    expect(names.length).toBeGreaterThan(6);
    for (const name of names) {
      rmSync(media, { recursive: true });
      mkdirSync(media);
      const run = await cli(
        'restore',
        fixture(name),
        '--media',
        '--yes',
        '--json',
        '--passphrase-file',
        passphrase,
      );
      expect(run.exit, `${name}: ${run.stderr}`).toBe(0);
      expect(treeOf(media).map(withoutFacts), name).toEqual(original);
    }
  }, 120_000);
});

/** Modes and dates are not in their archives. */
function withoutFacts(line: string): string {
  return line.replace(/ [0-7]{3} \d+ /, ' ');
}
