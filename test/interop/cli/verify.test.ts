import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { change, notes, recipient, testProject } from '../../support/project.ts';

interface Result {
  ok: boolean;
  checks: { name: string; ok: boolean | null }[];
}
const resultsOf = (run: { json: unknown }) => (run.json as { results: Result[] }).results;

describe('verify', () => {
  it.each([
    ['a dump', ['-r', recipient]],
    ['a plain dump, gzip', ['--no-encrypt', '-z']],
    ['a snapshot', ['-r', recipient, '--format', 'snapshot']],
  ])('finds %s right, to its last row, and notes the drill', async (_kind, args) => {
    const { cli } = await testProject();
    await cli('backup', ...args);
    expect((await cli('health', '--json')).json).toMatchObject({ lastDrill: null });
    const run = await cli('verify', '--drill', '--json');
    expect(run.exit, run.stderr).toBe(0);
    const [result] = resultsOf(run);
    expect(result?.ok).toBe(true);
    expect(result?.checks.map(({ name, ok }) => [name, ok])).toEqual(
      ['sha256', 'layers', 'database', 'record', 'drill'].map((name) => [name, true]),
    );
    expect((await cli('health', '--json')).json).toMatchObject({ lastDrill: expect.stringMatching(/^20/) });
  });

  it('drills the newest database, the media files beside it or not, and one that was not made here', async () => {
    const { cli, folder, home } = await testProject();
    for (const name of ['upload', '.vscode']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, '.vscode/settings.json'), '{ "dbbackup.mediaRoot": "upload" }');
    writeFileSync(join(folder, 'upload', 'a.txt'), 'a');
    const made = await cli('backup', '--all', '--no-encrypt', '--json');
    expect(made.exit, made.stderr).toBe(0);
    rmSync(join(home, 'catalogue'), { recursive: true });
    const run = await cli('verify', '--drill', '--json');
    const names = resultsOf(run)[0]?.checks.map(({ name }) => name);
    expect(names).toEqual(['sha256', 'layers', 'database', 'record', 'drill']);
    expect((await cli('health', '--json')).json).toMatchObject({ lastDrill: expect.stringMatching(/^20/) });
  });

  it('finds a flipped byte in one of several', async () => {
    const { cli } = await testProject();
    const made = await cli('backup', '-r', recipient, '--json');
    await cli('backup', '-r', recipient);
    const path = made.json.backups[0]?.path ?? '';
    const bytes = readFileSync(path);
    bytes[bytes.length - 50]! ^= 1;
    writeFileSync(path, bytes);
    const run = await cli('verify', '--all', '--json');
    expect(run.exit).toBe(4);
    expect(resultsOf(run).map(({ ok }) => ok)).toEqual([true, false]);
  });

  it('finds rows gone from a dump whose SQL is whole', async () => {
    const { cli } = await testProject();
    const made = await cli('backup', '--no-encrypt', '--json');
    const path = made.json.backups[0]?.path ?? '';
    writeFileSync(path, readFileSync(path, 'utf8').replace(/^INSERT INTO "author".*\n/m, ''));
    expect((await cli('verify', path, '--json')).exit).toBe(4);
    expect((await cli('restore', path, '--yes', '--json')).json.error?.code).toBe('damaged');
  });

  it('says how far it could look without the secret key', async () => {
    const { cli, cliWith, folder } = await testProject();
    await cli('backup', '-r', recipient);
    const run = await cliWith({ DBBACKUP_HOME: join(folder, '..', 'other') })('verify', '--json');
    expect(run.exit, run.stderr).toBe(0);
    expect(resultsOf(run)[0]?.checks).toMatchObject([
      { name: 'sha256', ok: null },
      { name: 'content', ok: null },
    ]);
  });
});

describe('verify, where the format itself has no checksum', () => {
  it('finds a changed byte of a plain dump by the catalogue', async () => {
    const { cli } = await testProject();
    const made = await cli('backup', '--no-encrypt', '--json');
    const path = made.json.backups[0]?.path ?? '';
    writeFileSync(path, readFileSync(path, 'utf8').replace('Grace', 'Grice'));
    const run = await cli('verify', path, '--json');
    expect(run.exit).toBe(4);
    expect(resultsOf(run)[0]?.checks[0]).toMatchObject({ name: 'sha256', ok: false });
  });
});

describe('compare', () => {
  it('says what a restore would change, table by table', async () => {
    const { cli, database } = await testProject();
    const made = await cli('backup', '-r', recipient, '--json');
    change(
      database,
      "DELETE FROM note WHERE id > 2; UPDATE note SET body = 'x' WHERE id = 1; CREATE TABLE extra(x); INSERT INTO extra VALUES (1)",
    );
    const bytes = readFileSync(database);
    const run = await cli('compare', made.json.backups[0]?.path ?? '', '--json');
    expect(run.exit, run.stderr).toBe(0);
    expect(run.json.tables).toMatchObject([
      { name: 'author', added: 0, removed: 0, changed: 0 },
      { name: 'extra', added: 0, removed: 1, changed: 0 },
      { name: 'note', added: notes.length - 2, removed: 0, changed: 1 },
    ]);
    expect(run.json.sameSchema).toBe(false);
    expect(readFileSync(database).equals(bytes)).toBe(true);
    change(database, 'DROP TABLE extra');
    const file = made.json.backups[0]?.path ?? '';
    expect((await cli('compare', file)).stdout).not.toContain('schemas');
    change(database, 'CREATE INDEX by_body ON note (body)');
    expect((await cli('compare', file)).stdout).toContain('the schemas differ');
  });
});
