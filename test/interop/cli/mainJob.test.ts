import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../support/canon.ts';
import { type CliRun, cliIn } from '../../support/cli.ts';
import { hasProgram } from '../../support/programs.ts';
import { bodiesIn, change, notes, recipient, testProject } from '../../support/project.ts';

const pathOf = (run: CliRun) => run.json.backups[0]?.path ?? 'none';

describe('the main job at the command line', () => {
  it('backs up encrypted, lists, restores the newest and takes it back', async () => {
    const { cli, database, folder } = await testProject();
    const before = digestOf(database);
    const made = await cli('backup', '-r', recipient, '--json');
    expect(made.exit, made.stderr).toBe(0);
    const backup = made.json.backups[0]!;
    expect(backup).toMatchObject({ encrypted: true, tables: 2, rows: notes.length + 2 });
    expect(backup.file).toMatch(/^db-.+-\d{4}-\d\d-\d\d-\d{6}\.dump\.gpg$/);
    expect(statSync(backup.path).mode & 0o777).toBe(0o600);
    expect(readFileSync(backup.path).includes('browser')).toBe(false);

    const listed = await cli('list', '--json');
    expect(listed.json.backups).toHaveLength(1);
    expect(listed.json.backups[0]).toMatchObject({ file: backup.file, kind: 'database', encrypted: true });

    change(
      database,
      "DELETE FROM note WHERE id > 2; UPDATE note SET body = 'changed'; CREATE TABLE extra(x)",
    );
    const damaged = digestOf(database);
    const restored = await cli('restore', '--yes', '--json');
    expect(restored.exit, restored.stderr).toBe(0);
    expect(restored.json.restored).toMatchObject({ tables: 2, rows: notes.length + 2 });
    expect(restored.json.undo).toBeTypeOf('string');
    expect(digestOf(database)).toEqual(before);
    expect(bodiesIn(database)).toEqual(notes);

    const undone = await cli('undo', '--yes', '--json');
    expect(undone.exit, undone.stderr).toBe(0);
    expect(digestOf(database)).toEqual(damaged);
    expect((await cli('undo', '--yes', '--json')).exit).toBe(0);
    expect(digestOf(database)).toEqual(before);
    expect(readdirSync(folder).sort()).toEqual(['backups', 'db.sqlite3']);
  });

  it('takes the names of files as they are where it is run, wherever the project is', async () => {
    const { folder } = await testProject();
    mkdirSync(join(folder, 'elsewhere'));
    const there = cliIn(join(folder, 'elsewhere'), {
      environment: { DBBACKUP_HOME: join(folder, '../home') },
    });
    const made = await there('--project', folder, 'backup', '--no-encrypt', '-o', 'mine.dump', '--json');
    expect(pathOf(made)).toBe(join(folder, 'elsewhere', 'mine.dump'));
    const restored = await there(
      '--project',
      folder,
      'restore',
      'mine.dump',
      '--into',
      'new.sqlite3',
      '--json',
    );
    expect(restored.json.restored.target).toBe(join(folder, 'elsewhere', 'new.sqlite3'));
  });

  it.each(['native', 'wasm'])('restores with %s what the other engine backed up', async (engine) => {
    const other = engine === 'native' ? 'wasm' : 'native';
    const { cli, cliWith, database } = await testProject({ environment: { DBBACKUP_ENGINE: other } });
    const before = digestOf(database);
    const made = await cli('backup', '-r', recipient, '--json');
    expect(made.exit, made.stderr).toBe(0);
    change(database, 'DELETE FROM note');
    const restored = await cliWith({ DBBACKUP_ENGINE: engine })(
      'restore',
      pathOf(made),
      '--into',
      `${database}.new`,
      '--json',
    );
    expect(restored.exit, restored.stderr).toBe(0);
    expect(digestOf(`${database}.new`)).toEqual(before);
  });

  it.each([
    ['dump', 'plain', ['--no-encrypt'], /\.dump$/],
    ['dump', 'gzip', ['--no-encrypt', '-z'], /\.dump\.gz$/],
    ['dump', 'gzip and encrypted', ['-z', '-r', recipient], /\.dump\.gz\.gpg$/],
    ['snapshot', 'plain', ['--no-encrypt', '--format', 'snapshot'], /\.sqlite3$/],
    ['snapshot', 'gzip', ['--no-encrypt', '-z', '--format', 'snapshot'], /\.sqlite3\.gz$/],
    ['snapshot', 'encrypted', ['-r', recipient, '--format', 'snapshot'], /\.sqlite3\.gpg$/],
  ])('makes and restores a %s, %s', async (_format, _wrap, args, name) => {
    const { cli, database } = await testProject();
    const before = digestOf(database);
    const made = await cli('backup', ...args, '--json');
    expect(made.exit, made.stderr).toBe(0);
    expect(made.json.backups[0]?.file).toMatch(name);
    change(database, 'DELETE FROM note; DROP VIEW long_note');
    const restored = await cli('restore', '--yes', '--json');
    expect(restored.exit, restored.stderr).toBe(0);
    expect(digestOf(database)).toEqual(before);
  });

  it('makes a database that is gone, and undo takes it away again', async () => {
    const { cli, database } = await testProject();
    const made = await cli('backup', '-r', recipient, '--json');
    const before = digestOf(database);
    rmSync(database);
    const settings = JSON.stringify({ 'dbbackup.databases': [{ alias: 'db', path: 'db.sqlite3' }] });
    const folder = join(database, '..', '.vscode');
    mkdirSync(folder);
    writeFileSync(join(folder, 'settings.json'), settings);
    const restored = await cli('restore', pathOf(made), '--yes', '--json');
    expect(restored.exit, restored.stderr).toBe(0);
    expect(digestOf(database)).toEqual(before);
    const undone = await cli('undo', '--yes', '--json');
    expect(undone.exit, undone.stderr).toBe(0);
    expect(existsSync(database)).toBe(false);
  });

  it('says what a restore would change, and changes nothing, with --dry-run', async () => {
    const { cli, database } = await testProject();
    await cli('backup', '-r', recipient);
    change(database, "DELETE FROM note WHERE id > 2; UPDATE note SET body = 'changed' WHERE id = 1");
    const bytes = readFileSync(database);
    const run = await cli('restore', '--dry-run', '--json');
    expect(run.exit, run.stderr).toBe(0);
    expect(run.json.changes).toContainEqual({
      name: 'note',
      rowsNow: 2,
      rowsAfter: notes.length,
      added: notes.length - 2,
      removed: 0,
      changed: 1,
    });
    expect(readFileSync(database).equals(bytes)).toBe(true);
  });

  it.skipIf(!hasProgram('gpg') || !hasProgram('sqlite3'))(
    'needs nothing of ours to be read: gpg -d | sqlite3',
    async () => {
      const { cli, database, folder } = await testProject();
      const made = await cli('backup', '-r', recipient, '--json');
      const secret = await cli('keys', 'export', recipient, '--secret');
      const gnupg = join(folder, '..', 'g');
      const environment = { ...process.env, GNUPGHOME: gnupg };
      mkdirSync(gnupg, { mode: 0o700 });
      try {
        execFileSync('gpg', ['--batch', '--quiet', '--import'], {
          input: secret.stdout,
          env: environment,
          stdio: 'pipe',
        });
        const script = 'gpg --batch --quiet -d "$1" | sqlite3 -bail "$2"';
        execFileSync('sh', ['-ec', script, 'sh', pathOf(made), `${database}.new`], {
          env: environment,
        });
      } finally {
        execFileSync('gpgconf', ['--kill', 'all'], { env: environment });
      }
      const { sequence: _, ...found } = digestOf(`${database}.new`);
      const { sequence: __, ...expected } = digestOf(database);
      expect(found).toEqual(expected);
    },
  );

  it('encrypts and decrypts any file', async () => {
    const { cli, database } = await testProject();
    const encrypted = await cli('encrypt', database, '-r', recipient, '--json');
    expect(encrypted.json).toEqual({ path: `${database}.gpg` });
    const decrypted = await cli('decrypt', `${database}.gpg`, '-o', `${database}.copy`, '--json');
    expect(decrypted.exit, decrypted.stderr).toBe(0);
    expect(readFileSync(`${database}.copy`).equals(readFileSync(database))).toBe(true);
  });

  it('inspects a backup', async () => {
    const { cli } = await testProject();
    const made = await cli('backup', '-r', recipient, '--json');
    const run = await cli('inspect', pathOf(made), '--json');
    expect(run.json.tables).toEqual([
      { name: 'author', rows: 2 },
      { name: 'note', rows: notes.length },
    ]);
  });
});
