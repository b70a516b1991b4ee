import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recipient, type TestProject, testProject } from '../../support/project.ts';
import { atTerminal, hasTerminal } from '../../support/terminal.ts';

describe.skipIf(!hasTerminal)('at a terminal', () => {
  const typing =
    ({ folder, home }: TestProject) =>
    (args: string[], ...answers: [RegExp, string][]) =>
      atTerminal(dirname(folder), { DBBACKUP_HOME: home }, ['--project', folder, ...args], answers);
  const fingerprints = async ({ cli }: TestProject) =>
    (await cli('keys', 'list', '--json')).json.keys.map(({ fingerprint }) => fingerprint);

  it('a secret key is deleted by the end of its fingerprint alone, after what it closes is named', async () => {
    const project = await testProject();
    const run = typing(project);
    const made = await project.cli('backup', '-r', recipient, '--json');
    const [fingerprint = ''] = await fingerprints(project);
    const question = /last 8 digits of its fingerprint: $/;

    const wrong = await run(['keys', 'delete', recipient], [question, 'y']);
    expect(wrong.exit).toBe(2);
    expect(wrong.screen).toContain(`1 backup: ${made.json.backups[0]?.file}`);
    expect(wrong.screen).toContain('never exported');
    expect(wrong.screen).toContain('Nothing was deleted.');
    expect(await fingerprints(project)).toEqual([fingerprint]);

    const end = fingerprint.slice(-8).toLowerCase();
    const right = await run(['keys', 'delete', recipient], [question, `${end.slice(0, 4)} ${end.slice(4)}`]);
    expect(right.exit, right.screen).toBe(0);
    expect(await fingerprints(project)).toEqual([]);
  });

  it('a public key is deleted, and a key revoked, once a question is answered', async () => {
    const project = await testProject();
    const run = typing(project);
    const asked = await run(['keys', 'revoke', recipient], [/Go on\?/, 'n']);
    expect(asked.exit).toBe(2);
    expect(asked.screen).toContain('cannot be taken back');
    expect((await run(['keys', 'revoke', recipient], [/Go on\?/, 'y'])).screen).toMatch(/ {2}revoked {2}/);

    const armored = (await project.cli('keys', 'export', recipient)).stdout;
    const file = join(project.folder, 'public.asc');
    writeFileSync(file, armored);
    expect((await project.cli('keys', 'delete', recipient, '--yes')).exit).toBe(0);
    await project.cli('keys', 'import', file);
    const deleted = await run(['keys', 'delete', recipient], [/Go on\?/, 'y']);
    expect(deleted.exit, deleted.screen).toBe(0);
    expect(deleted.screen).toContain('nothing becomes closed');
  });

  it('what a retention lets go of is named, with why, before it goes', async () => {
    const project = await testProject({ key: false });
    const run = typing(project);
    const { folder, cli } = project;
    for (let count = 0; count < 3; count++) await cli('backup', '--no-encrypt');
    const settings = { 'dbbackup.retention': { keepLast: 1, monthly: 0 } };
    mkdirSync(join(folder, '.vscode'), { recursive: true });
    writeFileSync(join(folder, '.vscode/settings.json'), JSON.stringify(settings));
    const before = readdirSync(join(folder, 'backups'));
    const no = await run(['prune'], [/Go on\?/, 'n']);
    expect(no.screen).toMatch(/This deletes 2 backups from .*backups \(1 kept\):/);
    expect(no.screen).toMatch(/\.dump: nothing keeps it/);
    expect(readdirSync(join(folder, 'backups'))).toEqual(before);
    expect((await run(['prune'], [/Go on\?/, 'y'])).exit).toBe(0);
    expect(readdirSync(join(folder, 'backups')).filter((name) => name.endsWith('.dump'))).toHaveLength(1);
  });

  it('a passphrase is asked for hidden, twice for a new key, and again while it is wrong', async () => {
    const project = await testProject({ key: false });
    const run = typing(project);
    const key = ['keys', 'generate', '--name', 'Ada', '--email', 'ada@example.org', '--algorithm', 'ecc'];
    const differ = await run(key, [/New passphrase: $/, 'one two'], [/The same again: $/, 'one three']);
    expect(differ.exit).toBe(3);
    const made = await run(key, [/New passphrase: $/, 'one two'], [/The same again: $/, 'one two']);
    expect(made.exit, made.screen).toBe(0);
    expect(made.screen).not.toContain('one two');
    await project.cli('backup', '-r', 'ada@example.org');
    const restored = await run(
      ['restore', '--into', join(project.folder, '..', 'new.sqlite3')],
      [/Passphrase of Ada <ada@example.org>: $/, 'wrong'],
      [/That was wrong\. Passphrase of Ada/, 'one two'],
    );
    expect(restored.exit, restored.screen).toBe(0);
    expect(restored.screen).not.toContain('one two');
  });
});
