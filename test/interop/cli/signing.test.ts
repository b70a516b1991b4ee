import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../support/canon.ts';
import { change, recipient, testProject } from '../../support/project.ts';

async function signingProject() {
  const project = await testProject();
  mkdirSync(join(project.folder, '.vscode'));
  const require = (wanted: boolean) =>
    writeFileSync(
      join(project.folder, '.vscode', 'settings.json'),
      JSON.stringify({ 'dbbackup.requireSignature': wanted }),
    );
  return { ...project, require };
}

const owner = ['--algorithm', 'ecc', '--no-passphrase'];

describe('signed backups', () => {
  it('restore where a signature is required, and unsigned or plain ones do not', async () => {
    const { cli, database, require } = await signingProject();
    const before = digestOf(database);
    const signed = await cli('backup', '-r', recipient, '--sign', recipient, '--json');
    expect(signed.exit, signed.stderr).toBe(0);
    const unsigned = await cli('backup', '-r', recipient, '--json');
    const plain = await cli('backup', '--no-encrypt', '--json');
    change(database, 'DELETE FROM note');
    require(true);
    for (const made of [unsigned, plain]) {
      const run = await cli('restore', made.json.backups[0]?.path ?? '', '--yes', '--json');
      expect(run.json.error?.code).toBe('missing-signature');
      expect(run.exit).toBe(4);
    }
    const run = await cli('restore', signed.json.backups[0]?.path ?? '', '--yes', '--json');
    expect(run.exit, run.stderr).toBe(0);
    expect(digestOf(database)).toEqual(before);
  });

  it('by a stranger are refused where a signature is required, and said where not', async () => {
    const { cli, cliWith, folder, require } = await signingProject();
    const stranger = cliWith({ DBBACKUP_HOME: join(folder, '..', 'stranger') });
    await stranger('keys', 'generate', '--name', 'Eve', '--email', 'eve@example.org', ...owner);
    const key = join(folder, '..', 'ops.asc');
    await cli('keys', 'export', recipient, '-o', key);
    await stranger('keys', 'import', key);
    const forged = await stranger('backup', '-r', recipient, '--sign', 'eve@example.org', '--json');
    expect(forged.exit, forged.stderr).toBe(0);
    const path = forged.json.backups[0]?.path ?? '';
    const open = await cli('restore', path, '--dry-run', '--json');
    expect(open.exit, open.stderr).toBe(0);
    expect(open.json.warnings.map(({ code }) => code)).toContain('unknown-signer');
    require(true);
    expect((await cli('restore', path, '--yes', '--json')).json.error?.code).toBe('missing-signature');
  });

  it('are missed, and that is said, where the project signs its own', async () => {
    const { cli, folder } = await signingProject();
    const warned = async (...flags: string[]) => {
      const path = (await cli('backup', ...flags, '--json')).json.backups[0]?.path ?? '';
      return async () =>
        (await cli('restore', path, '--dry-run', '--json')).json.warnings.map(({ code }) => code);
    };
    const unsigned = await warned('-r', recipient);
    const plain = await warned('--no-encrypt');
    const signed = await warned('-r', recipient, '--sign', recipient);
    for (const codes of [unsigned, plain]) expect(await codes()).not.toContain('not-signed');
    const settings = JSON.stringify({ 'dbbackup.sign': recipient });
    writeFileSync(join(folder, '.vscode', 'settings.json'), settings);
    for (const codes of [unsigned, plain]) expect(await codes()).toContain('not-signed');
    expect(await signed()).not.toContain('not-signed');
  });

  it('refuses to sign what is not encrypted, or with a key that is not here', async () => {
    const { cli } = await signingProject();
    expect((await cli('backup', '--no-encrypt', '--sign', recipient, '--json')).json.error?.code).toBe(
      'usage',
    );
    const run = await cli('backup', '-r', recipient, '--sign', 'nobody@example.org', '--json');
    expect(run.json.error?.code).toBe('no-secret-key');
  });
});
