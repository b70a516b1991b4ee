import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cliIn } from '../../support/cli.ts';
import { gnupgHome } from '../../support/gnupg.ts';
import { hasProgram } from '../../support/programs.ts';
import { bodiesIn, notes, recipient, testProject } from '../../support/project.ts';
import { scratchFolder } from '../../support/scratch.ts';

describe('a recovery kit', () => {
  it.skipIf(!hasProgram('gpg') || !hasProgram('sqlite3'))(
    'opens a backup by the commands that stand in it, with gpg alone, and revokes nothing',
    async () => {
      const { cli } = await testProject();
      const made = (await cli('backup', '-r', recipient, '--json')).json.backups[0];
      const folder = await scratchFolder();
      for (const name of ['kit.txt', 'kit.html']) {
        const kit = join(folder, name);
        expect((await cli('keys', 'kit', recipient, '-o', kit)).exit).toBe(0);
        expect(statSync(kit).mode & 0o077).toBe(0);
        const { environment } = await gnupgHome();
        const target = join(folder, `${name}.sqlite3`);
        const commands = readFileSync(kit, 'utf8')
          .split('\n')
          .filter((line) => /^ {2}gpg --(import|decrypt BACKUP\.dump\.gpg)/.test(line))
          .map((line) =>
            line
              .replace('THIS-FILE', `'${kit}'`)
              .replace('BACKUP.dump.gpg', `'${made?.path}'`)
              .replace(/&#62;|>/g, '>')
              .replace('new.sqlite3', `'${target}'`),
          );
        expect(commands).toHaveLength(2);
        const gpg = commands.map((line) => line.replace('gpg ', 'gpg --batch --quiet '));
        execFileSync('sh', ['-ec', gpg.join('\n')], { env: environment, stdio: 'pipe' });
        expect(bodiesIn(target)).toEqual(notes);
        const listed = execFileSync('gpg', ['--batch', '--with-colons', '--list-keys'], { env: environment });
        expect(listed.toString()).not.toMatch(/^pub:r:/m);
      }
    },
  );

  it('is taken by another keyring here, needs a secret key, and replaces no file', async () => {
    const { cli, folder } = await testProject();
    const kit = join(folder, 'kit.txt');
    await cli('keys', 'kit', recipient, '-o', kit);
    const other = cliIn(await scratchFolder());
    const imported = await other('keys', 'import', kit, '--json');
    expect(imported.json.keys, imported.stderr).toMatchObject([{ secret: true }]);
    expect((await cli('keys', 'kit', recipient, '-o', kit, '--json')).json.error.code).toBe('target-exists');
    expect((await cli('keys', 'kit', 'nobody@example.org', '-o', `${kit}2`, '--json')).exit).toBe(2);
    const text = readFileSync(kit, 'utf8');
    expect(text).toContain('THIS KEY HAS NO PASSPHRASE');
    expect(text).toMatch(/^:-----BEGIN PGP PUBLIC KEY BLOCK-----$/m);
  });
});
