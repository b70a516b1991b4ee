import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { atEachPoint, everyFault } from '../../support/faults.ts';
import { leftIn } from '../../support/leftovers.ts';
import { recipient, testProject } from '../../support/project.ts';

it.each(everyFault.filter(({ calls }) => calls !== 'sqlite'))(
  'a backup that is encrypted anew opens, and is known to the catalogue: $calls calls, $how',
  { timeout: 300_000 },
  async (fault) => {
    const project = await testProject();
    const { cli, folder, home } = project;
    const other = [
      '--name',
      'Other',
      '--email',
      'other@example.org',
      '--algorithm',
      'ecc',
      '--no-passphrase',
    ];
    await cli('keys', 'generate', ...other);
    const made = await cli('backup', '-r', recipient, '--json');
    const path = made.json.backups[0]?.path ?? 'none';
    const [bytes, entries] = [readFileSync(path), join(home, 'catalogue')];
    const noted = readdirSync(entries).map((name) => [name, readFileSync(join(entries, name))] as const);
    const args = ['keys', 'reencrypt', path, '-r', recipient, '-r', 'other@example.org'];
    await atEachPoint(
      project,
      args,
      fault,
      () => {
        writeFileSync(path, bytes);
        for (const [name, entry] of noted) writeFileSync(join(entries, name), entry);
      },
      async (exit) => {
        const { json } = await cli('verify', path, '--json');
        const [result] = (
          json as unknown as { results: { ok: boolean; checks: { name: string; ok: boolean }[] }[] }
        ).results;
        expect(result?.ok).toBe(true);
        expect(result?.checks.find(({ name }) => name === 'sha256')?.ok).toBe(true);
        const isOld = readFileSync(path).equals(bytes);
        if (exit === 0) expect(isOld).toBe(false);
      },
    );
    expect((await cli(...args)).exit).toBe(0);
    expect(readdirSync(join(folder, 'backups')).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(leftIn(home)).toEqual([]);
  },
);
