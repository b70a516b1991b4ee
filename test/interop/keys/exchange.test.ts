import { readdirSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createService } from '../../../src/core/createService.ts';
import { type GnuPGHome, gnupgHome } from '../../support/gnupg.ts';
import { hasProgram } from '../../support/programs.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const own = { name: 'Ops', email: 'ops@example.org', algorithm: 'ecc', expires: 'never' } as const;

async function serviceWith(gpg: Pick<GnuPGHome, 'environment'>) {
  const folder = await scratchFolder();
  const environment = { ...gpg.environment, DBBACKUP_HOME: join(folder, 'home') };
  const service = createService({ environment, workspace: () => [], trustProject: true });
  return { service, environment, home: join(folder, 'home') };
}

/** A key of gpg's own making, under a passphrase or none. */
const quick = (gpg: GnuPGHome, email: string, passphrase: string) =>
  gpg(
    '--pinentry-mode',
    'loopback',
    '--passphrase',
    passphrase,
    '--quick-generate-key',
    email,
    'rsa3072',
    'default',
    'never',
  );

describe.skipIf(!hasProgram('gpg'))('keys between our keyring and that of the real gpg', () => {
  it('come from GnuPG, the secret half under the passphrase it has there', async () => {
    const gpg = await gnupgHome();
    await quick(gpg, 'locked@example.org', 'open sesame');
    const { service } = await serviceWith(gpg);
    const asked: unknown[] = [];
    const answers = ['wrong', 'open sesame'];
    const task = testTask({
      passphrase: async (question) => {
        asked.push(question);
        return answers.shift();
      },
    });
    const { keys } = await service.importFromGnuPG({ key: 'locked@example.org', secret: true }, task);
    expect(keys).toMatchObject([{ secret: true, locked: true, source: 'keyring' }]);
    expect(asked).toHaveLength(2);
    const key = keys[0]?.fingerprint ?? '';
    const check = (passphrase: string) => service.checkPassphrase({ key, passphrase }, task);
    expect([await check('open sesame'), await check('wrong')]).toEqual([{ right: true }, { right: false }]);
    expect((await service.listKeys({}, task)).keys).toMatchObject([{ source: 'both', secret: true }]);
  });

  it('come from GnuPG without a question where there is no passphrase, or only the public half is wanted', async () => {
    const gpg = await gnupgHome();
    await quick(gpg, 'open@example.org', '');
    await quick(gpg, 'locked@example.org', 'open sesame');
    const { service } = await serviceWith(gpg);
    const task = testTask({ passphrase: () => Promise.reject(new Error('asked')) });
    const open = await service.importFromGnuPG({ key: 'open@example.org', secret: true }, task);
    expect(open.keys).toMatchObject([{ secret: true, locked: false }]);
    const half = await service.importFromGnuPG({ key: 'locked@example.org', secret: false }, task);
    expect(half.keys).toMatchObject([{ secret: false }]);
    const none = service.importFromGnuPG({ key: 'nobody@example.org', secret: false }, task);
    await expect(none).rejects.toMatchObject({ code: 'no-such-file' });
  });

  it('go to GnuPG, the public half alone or both, and gpg opens with them', async () => {
    const gpg = await gnupgHome();
    const { service } = await serviceWith(gpg);
    const task = testTask();
    const { fingerprint } = await service.generateKey({ ...own, passphrase: 'open sesame' }, task);
    await service.exportToGnuPG({ key: fingerprint, secret: false }, task);
    expect(await gpg('--with-colons', '--list-keys')).toContain(fingerprint);
    expect(await gpg('--with-colons', '--list-secret-keys')).not.toContain(fingerprint);
    await service.exportToGnuPG({ key: fingerprint, secret: true }, task);
    const plain = join(await scratchFolder(), 'plain');
    await writeFile(plain, 'text');
    await gpg('--trust-model', 'always', '-r', fingerprint, '-e', '-o', `${plain}.gpg`, plain);
    const open = ['--pinentry-mode', 'loopback', '--passphrase', 'open sesame', '-d', `${plain}.gpg`];
    expect(await gpg(...open)).toBe('text');
  });

  it('are listed without GnuPG where its gpg fails, which is said in its own words', async () => {
    const folder = await scratchFolder();
    await mkdir(join(folder, 'bin'));
    await writeFile(join(folder, 'bin/gpg'), '#!/bin/sh\necho "gpg: keydb is on fire" >&2\nexit 2\n');
    await chmod(join(folder, 'bin/gpg'), 0o755);
    const environment = { ...process.env, PATH: `${folder}/bin:${process.env.PATH}`, GNUPGHOME: folder };
    const { service } = await serviceWith({ environment });
    const task = testTask();
    const made = await service.generateKey({ ...own, passphrase: '' }, task);
    const { keys, warnings } = await service.listKeys({}, task);
    expect(keys.map(({ fingerprint }) => fingerprint)).toEqual([made.fingerprint]);
    expect(warnings).toMatchObject([{ code: 'gnupg-failed', message: expect.stringContaining('on fire') }]);
  });

  it('are known as never exported until their secret half, or the kit, has been', async () => {
    const { service, home } = await serviceWith({ environment: { ...process.env, GNUPGHOME: '/none' } });
    const task = testTask();
    const ways = {
      secret: (key: string) => service.exportKey({ key, secret: true }, task),
      kit: (key: string) => service.recoveryKit({ key }, task),
    };
    const state = async () =>
      (await service.listKeys({}, task)).keys.map(({ neverExported }) => neverExported);
    for (const way of Object.values(ways)) {
      const { fingerprint, neverExported } = await service.generateKey({ ...own, passphrase: '' }, task);
      expect(neverExported).toBe(true);
      await service.exportKey({ key: fingerprint, secret: false }, task);
      await service.extendKey({ key: fingerprint, expires: '1y' }, task);
      expect(await state()).toEqual([true]);
      const { armored } = await service.exportKey({ key: fingerprint, secret: false }, task);
      await service.importKeys({ data: Buffer.from(armored) }, task);
      expect(await state()).toEqual([true]);
      await way(fingerprint);
      // Nothing has been written yet.
      expect(await state()).toEqual([true]);
      await service.noteExported({ key: fingerprint }, task);
      expect(await state()).toEqual([undefined]);
      await service.deleteKey({ key: fingerprint }, task);
    }
    await service.deleteKey(
      { key: (await service.generateKey({ ...own, passphrase: '' }, task)).fingerprint },
      task,
    );
    expect(readdirSync(join(home, 'keyring'))).toEqual([]);
  });
});
