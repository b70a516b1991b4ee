import { execFileSync, execSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../support/canon.ts';
import { cliIn } from '../../support/cli.ts';
import { fixture, fixtures } from '../../support/fixtures.ts';
import { gnupgHome } from '../../support/gnupg.ts';
import { hasProgram } from '../../support/programs.ts';
import { scratchFolder } from '../../support/scratch.ts';

const originals = [
  ...readdirSync(join(fixtures, 'originals'))
    .filter((name) => name.endsWith('.sqlite3'))
    .map((name) => ['originals', name]),
  ['lowfat-4.0.2', 'db.sqlite3'],
];

/** The encrypted file our command makes needs nothing of ours, and comes back by ours too, to the last byte. */
describe.skipIf(!hasProgram('gpg') || !hasProgram('sqlite3'))('our backup of a real database', () => {
  it.each(originals)('%s/%s: gpg -d | sqlite3, and our own restore', async (...parts) => {
    const root = await scratchFolder();
    const folder = join(root, 'project');
    mkdirSync(join(folder, '.vscode'), { recursive: true });
    const path = fixture(...parts);
    const settings = { 'dbbackup.databases': [{ alias: 'default', path }], 'dbbackup.folder': 'backups' };
    writeFileSync(join(folder, '.vscode', 'settings.json'), JSON.stringify(settings));
    const cli = cliIn(root);
    await cli('keys', 'import', fixture('keys', 'nopass.sec.asc'));
    const made = await cli('--project', folder, 'backup', '-r', 'nopass@example.org', '--trust', '--json');
    expect(made.exit, made.stderr).toBe(0);
    const backup = made.json.backups[0]?.path ?? 'none';

    const gpg = await gnupgHome();
    execFileSync('gpg', ['--batch', '--quiet', '--import', fixture('keys', 'nopass.sec.asc')], {
      env: gpg.environment,
      stdio: 'pipe',
    });
    const theirs = join(root, 'theirs.sqlite3');
    execSync(`gpg --batch --quiet -d "${backup}" | sqlite3 -bail "${theirs}"`, {
      env: gpg.environment,
      shell: '/bin/bash',
    });
    expect(digestOf(theirs)).toEqual(digestOf(path));

    const ours = join(root, 'ours.sqlite3');
    const restored = await cli('restore', backup, '--into', ours, '--json');
    expect(restored.exit, restored.stderr).toBe(0);
    expect(digestOf(ours)).toEqual(digestOf(path));
  });
});
