import * as openpgp from 'openpgp';
import { describe, expect, it } from 'vitest';
import { address, serviceProject } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const task = testTask();
const owner = { name: 'Ops', algorithm: 'ecc', expires: 'never', passphrase: '' } as const;

describe('a key that is named', () => {
  it('is one: none or several is an error that says which there are', async () => {
    const { service } = await serviceProject();
    expect((await service.keyNamed({ key: address }, task)).userIds[0]).toContain(address);
    await expect(service.keyNamed({ key: 'nobody@example.org' }, task)).rejects.toMatchObject({
      code: 'no-such-file',
      message: expect.stringContaining('nobody@example.org'),
    });
    const twin = await service.generateKey({ ...owner, email: address }, task);
    await expect(service.exportKey({ key: address, secret: false }, task)).rejects.toMatchObject({
      code: 'ambiguous-recipient',
      message: expect.stringContaining(twin.fingerprint),
    });
  });

  it('opens with the right passphrase alone', async () => {
    const { service } = await serviceProject({ key: false });
    const { fingerprint } = await service.generateKey(
      { ...owner, email: address, passphrase: 'secret' },
      task,
    );
    for (const passphrase of ['secret', 'Secret', ''])
      expect(await service.checkPassphrase({ key: fingerprint, passphrase }, task)).toEqual({
        right: passphrase === 'secret',
      });
  });
});

describe('a key that is imported', () => {
  const imported = async (options: object, revoke = false) => {
    const { service } = await serviceProject({ key: false });
    const made = await openpgp.generateKey({
      userIDs: { email: 'a@example.org' },
      ...options,
      format: 'armored',
    });
    const { publicKey } = made as { publicKey: string };
    const key = await openpgp.readKey({ armoredKey: publicKey });
    const revoked = async () =>
      (await openpgp.revokeKey({ key, revocationCertificate: made.revocationCertificate })).publicKey;
    const { warnings } = await service.importKeys(
      { data: Buffer.from(revoke ? await revoked() : publicKey) },
      task,
    );
    return { warnings, id: key.getFingerprint().toUpperCase() };
  };

  it.each([
    ['that is fine has no doubts', {}, false, []],
    ['that only signs', { subkeys: [] }, false, ['sign-only-key']],
    ['that has expired', { date: new Date('2020-01-01'), keyExpirationTime: 86_400 }, false, ['expired-key']],
    ['that is revoked', {}, true, ['revoked-key']],
  ] as const)('%s', async (_name, options, revoke, codes) => {
    const { warnings, id } = await imported(options, revoke);
    expect(warnings.map(({ code }) => code)).toEqual(codes);
    for (const { message } of warnings) expect(message).toContain(`${id} (<a@example.org>)`);
  });
});
