import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cliIn } from '../../support/cli.ts';
import { gnupgHome } from '../../support/gnupg.ts';
import { hasProgram } from '../../support/programs.ts';
import { recipient, testProject } from '../../support/project.ts';
import { scratchFolder } from '../../support/scratch.ts';

const text = 'what the page had people do by hand\n';

it('takes keys from stdin', async () => {
  const { cli } = await testProject();
  const { stdout } = await cli('keys', 'export', recipient);
  const folder = await scratchFolder();
  const there = cliIn(folder, { stdin: stdout });
  expect((await there('keys', 'import', '-', '--json')).json.keys[0]).toMatchObject({ secret: false });
});

describe.skipIf(!hasProgram('gpg'))('keys at the command line, with the real gpg', () => {
  it.each(['rsa4096', 'ecc'])("walks the page's own sequence with a passphrase (%s)", async (algorithm) => {
    const folder = await scratchFolder();
    const passphrase = 'correct horse battery staple';
    const passphraseFile = join(folder, 'passphrase');
    writeFileSync(passphraseFile, `${passphrase}\n`);
    const here = cliIn(folder, { environment: { GNUPGHOME: join(folder, 'none') } });
    const there = cliIn(folder, {
      environment: { DBBACKUP_HOME: join(folder, 'second'), GNUPGHOME: join(folder, 'none') },
    });
    const gpg = await gnupgHome();

    const owner = ['--name', 'Żółć Ops', '--email', recipient, '--comment', 'backups', '--expires', '2y'];
    const made = await here(
      'keys',
      'generate',
      ...owner,
      '--algorithm',
      algorithm,
      '--passphrase-file',
      passphraseFile,
      '--json',
    );
    expect(made.exit, made.stderr).toBe(0);
    const fingerprint = made.json.keys[0]?.fingerprint ?? '';
    const listed = await here('keys', 'list', '--json');
    expect(listed.json.keys[0]).toMatchObject({
      fingerprint,
      secret: true,
      source: 'keyring',
      userIds: [`Żółć Ops (backups) <${recipient}>`],
    });

    const [publicFile, secretFile] = [join(folder, 'public.asc'), join(folder, 'secret.asc')];
    expect((await here('keys', 'export', recipient, '-o', publicFile)).exit).toBe(0);
    expect((await here('keys', 'export', fingerprint, '--secret', '-o', secretFile)).exit).toBe(0);
    expect(readFileSync(secretFile, 'utf8')).toContain('PRIVATE KEY BLOCK');

    expect((await there('keys', 'import', publicFile, '--json')).json.keys[0]).toMatchObject({
      fingerprint,
      secret: false,
    });
    expect((await there('keys', 'import', secretFile, '--json')).json.keys[0]).toMatchObject({
      fingerprint,
      secret: true,
    });
    await gpg('--import', publicFile);
    await gpg('--import', secretFile);
    expect(await gpg('--with-colons', '--list-secret-keys')).toContain(fingerprint);

    const plain = join(folder, 'plain.txt');
    writeFileSync(plain, text);
    expect((await here('encrypt', plain, '-r', recipient)).exit).toBe(0);
    const opened = await there(
      'decrypt',
      `${plain}.gpg`,
      '-o',
      join(folder, 'there.txt'),
      '--passphrase-file',
      passphraseFile,
    );
    expect(opened.exit, opened.stderr).toBe(0);
    expect(readFileSync(join(folder, 'there.txt'), 'utf8')).toBe(text);
    expect(await gpg('--pinentry-mode', 'loopback', '--passphrase', passphrase, '-d', `${plain}.gpg`)).toBe(
      text,
    );

    await gpg('--trust-model', 'always', '-o', join(folder, 'theirs.gpg'), '-r', recipient, '-e', plain);
    const back = await here(
      'decrypt',
      join(folder, 'theirs.gpg'),
      '-o',
      join(folder, 'back.txt'),
      '--passphrase-file',
      passphraseFile,
    );
    expect(back.exit, back.stderr).toBe(0);
    expect(readFileSync(join(folder, 'back.txt'), 'utf8')).toBe(text);
  });

  it('opens a backup through gpg alone, when only GnuPG has the secret key', async () => {
    const gpg = await gnupgHome();
    await gpg('--passphrase', '', '--quick-gen-key', 'agent@example.org', 'default', 'default', 'never');
    const project = await testProject({ key: false, environment: { GNUPGHOME: gpg.folder } });
    const made = await project.cli('backup', '-r', 'agent@example.org', '--json');
    expect(made.exit, made.stderr).toBe(0);
    expect((await project.cli('keys', 'list', '--json')).json.keys).toMatchObject([
      { source: 'gnupg', secret: true },
    ]);
    const restored = await project.cli('restore', '--yes', '--json');
    expect(restored.exit, restored.stderr).toBe(0);
  });

  it("takes keys out of GnuPG's keyring, and puts them in", async () => {
    const gpg = await gnupgHome();
    const loopback = ['--pinentry-mode', 'loopback', '--passphrase', 'sesame'];
    await gpg(...loopback, '--quick-gen-key', 'agent@example.org', 'default', 'default', 'never');
    const { cliWith } = await testProject({ environment: { GNUPGHOME: gpg.folder } });
    const cli = cliWith({ DBBACKUP_PASSPHRASE: 'sesame' });
    const half = await cli('keys', 'import', '--gnupg', 'agent@example.org', '--json');
    expect(half.json.keys, half.stderr).toMatchObject([{ source: 'keyring', secret: false }]);
    const whole = await cli('keys', 'import', '--gnupg', 'agent@example.org', '--secret', '--json');
    expect(whole.json.keys, whole.stderr).toMatchObject([{ secret: true, locked: true }]);
    const given = await cli('keys', 'export', recipient, '--gnupg', '--secret');
    expect(given.exit, given.stderr).toBe(0);
    expect(await gpg('--list-secret-keys')).toContain(recipient);
    expect((await cli('keys', 'import')).exit).toBe(2);
    const file = join(await scratchFolder(), 'no-key.txt');
    writeFileSync(file, text);
    expect((await cli('keys', 'import', file, '--json')).json.error?.message).toContain(file);
  });

  it('opens it with the passphrase that gpg wants, and says when it is wrong', async () => {
    const gpg = await gnupgHome();
    const loopback = ['--pinentry-mode', 'loopback', '--passphrase', 'sesame'];
    await gpg(...loopback, '--quick-gen-key', 'agent@example.org', 'default', 'default', 'never');
    const project = await testProject({ key: false, environment: { GNUPGHOME: gpg.folder } });
    await project.cli('backup', '-r', 'agent@example.org', '--json');
    await forget(gpg.environment);
    expect((await project.cli('restore', '--yes', '--json')).json.error?.code).toBe('passphrase-needed');
    const wrong = await project.cliWith({ DBBACKUP_PASSPHRASE: 'open' })('restore', '--yes', '--json');
    expect(wrong.json.error?.code).toBe('wrong-passphrase');
    const right = await project.cliWith({ DBBACKUP_PASSPHRASE: 'sesame' })('restore', '--yes', '--json');
    expect(right.exit, right.stderr).toBe(0);
  });

  it.each([
    [
      'expired',
      [
        '--faked-system-time',
        '20200101T000000',
        '--quick-gen-key',
        'x@example.org',
        'default',
        'default',
        '30d',
      ],
      'expired-recipient',
    ],
    ['sign-only', ['--quick-gen-key', 'x@example.org', 'ed25519', 'sign', 'never'], 'sign-only-recipient'],
  ])('refuses a key of gpg that is %s, by name', async (_kind, args, code) => {
    const gpg = await gnupgHome();
    await gpg('--passphrase', '', ...args);
    const exported = join(await scratchFolder(), 'key.asc');
    await gpg('--armor', '-o', exported, '--export', 'x@example.org');
    const project = await testProject({ key: false });
    for (const imported of [false, true]) {
      const cli = project.cliWith(imported ? {} : { GNUPGHOME: gpg.folder });
      if (imported) expect((await cli('keys', 'import', exported, '--json')).json.keys).toHaveLength(1);
      const run = await cli('backup', '-r', 'x@example.org', '--json');
      expect(run.json.error?.code, imported ? 'imported' : 'in GnuPG').toBe(code);
      expect(run.exit).toBe(2);
    }
  });

  it.each([
    ['rsa3072 with a passphrase', 'rsa3072', 'pass'],
    ['ed25519/cv25519', 'future-default', ''],
  ])('takes a secret key of gpg: %s', async (_kind, algorithm, passphrase) => {
    const gpg = await gnupgHome();
    const loopback = ['--pinentry-mode', 'loopback', '--passphrase', passphrase];
    await gpg(
      ...loopback,
      '--quick-gen-key',
      'x@example.org',
      algorithm === 'rsa3072' ? 'default' : algorithm,
      'default',
      'never',
    );
    const folder = await scratchFolder();
    const secret = join(folder, 'secret.asc');
    await gpg(...loopback, '--armor', '-o', secret, '--export-secret-keys', 'x@example.org');
    const project = await testProject({
      key: false,
      environment: { DBBACKUP_PASSPHRASE: passphrase || undefined },
    });
    expect((await project.cli('keys', 'import', secret, '--json')).json.keys).toMatchObject([
      { secret: true },
    ]);
    await project.cli('backup', '-r', 'x@example.org');
    const restored = await project.cli('restore', '--yes', '--json');
    expect(restored.exit, restored.stderr).toBe(0);
  });
});

describe('what becomes of a key', () => {
  it('changes its passphrase, lives on, is revoked, is deleted', async () => {
    const project = await testProject();
    const { cli, cliWith, folder } = project;
    const [first, second] = [join(folder, '..', 'first'), join(folder, '..', 'second')];
    writeFileSync(first, 'one');
    writeFileSync(second, 'two');
    await cli('backup', '-r', recipient);
    expect((await cli('keys', 'passphrase', recipient, '--new-passphrase-file', first)).exit).toBe(0);
    expect((await cli('restore', '--yes', '--json')).json.error?.code).toBe('passphrase-needed');
    const changed = await cli(
      'keys',
      'passphrase',
      recipient,
      '--passphrase-file',
      first,
      '--new-passphrase-file',
      second,
    );
    expect(changed.exit, changed.stderr).toBe(0);
    const withSecond = cliWith({ DBBACKUP_PASSPHRASE: 'two' });
    expect((await withSecond('restore', '--yes', '--json')).exit).toBe(0);

    const extended = await withSecond('keys', 'extend', recipient, '--expires', '30d', '--json');
    const expires = Date.parse(String((extended.json.keys[0] as { expires?: string }).expires));
    expect(Math.abs(expires - Date.now() - 30 * 86_400_000)).toBeLessThan(120_000);
    expect((await withSecond('restore', '--yes', '--json')).exit).toBe(0);

    expect((await cli('keys', 'revoke', recipient, '--json')).json.error?.code).toBe('not-confirmed');
    expect((await withSecond('keys', 'revoke', recipient, '--yes')).exit).toBe(0);
    expect((await cli('backup', '-r', recipient, '--json')).json.error?.code).toBe('revoked-recipient');
    expect((await withSecond('restore', '--yes', '--json')).exit).toBe(0);

    const asked = (await cli('keys', 'delete', recipient, '--json')).json.error;
    expect(asked?.code).toBe('not-confirmed');
    expect(asked?.message).toMatch(/Here that is 1 backup: db-.*\.dump\.gpg\. It was never exported/);
    expect((await cli('keys', 'delete', recipient, '--yes')).exit).toBe(0);
    expect((await cli('keys', 'list', '--json')).json.keys).toEqual([]);
  });

  it('says who can open a file, and encrypts it anew to another key', async () => {
    const { cli, cliWith, folder } = await testProject();
    const made = await cli('backup', '-r', recipient, '--json');
    const path = made.json.backups[0]?.path ?? 'none';
    const before = readFileSync(path);
    const heads = await cli('keys', 'recipients', path, '--json');
    expect(heads.json).toMatchObject({
      canOpen: true,
      recipients: [{ userId: `Ops <${recipient}>`, secret: true }],
    });
    const stranger = cliWith({ DBBACKUP_HOME: join(folder, '..', 'stranger') });
    expect((await stranger('keys', 'recipients', path, '--json')).json).toMatchObject({ canOpen: false });

    const other = [
      '--name',
      'Other',
      '--email',
      'other@example.org',
      '--algorithm',
      'ecc',
      '--no-passphrase',
    ];
    await stranger('keys', 'generate', ...other);
    const exported = join(folder, '..', 'other.asc');
    await stranger('keys', 'export', 'other@example.org', '-o', exported);
    await cli('keys', 'import', exported);
    const again = await cli('keys', 'reencrypt', path, '-r', recipient, '-r', 'other@example.org', '--json');
    expect(again.exit, again.stderr).toBe(0);
    expect(readFileSync(path).equals(before)).toBe(false);
    for (const reader of [cli, stranger]) {
      const run = await reader(
        'restore',
        path,
        '--into',
        join(folder, '..', `${reader === cli}.sqlite3`),
        '--json',
      );
      expect(run.exit, run.stderr).toBe(0);
    }
  });

  it('skips a damaged file of the keyring and tightens a loose one', async () => {
    const { cli, home } = await testProject();
    const keyring = join(home, 'keyring');
    writeFileSync(join(keyring, 'AAAA.asc'), 'rubbish');
    const run = await cli('backup', '-r', recipient, '--json');
    expect(run.exit, run.stderr).toBe(0);
  });
});

async function forget(environment: NodeJS.ProcessEnv): Promise<void> {
  const { execFileSync } = await import('node:child_process');
  execFileSync('gpgconf', ['--kill', 'gpg-agent'], { env: environment });
}
