import { describe, expect, it } from 'vitest';
import { decideWrapping } from '../../../src/core/backups/wrapping.ts';
import { address, serviceProject } from '../../support/serviceProject.ts';
import { testTask } from '../../support/task.ts';

const task = testTask();
const raw = { compressed: false };
const owner = { name: 'Ops', algorithm: 'ecc', expires: 'never', passphrase: '' } as const;

describe('how a backup is wrapped', () => {
  it('is what was asked for, else what the project says, and never plain by accident', async () => {
    const { resources, detected } = await serviceProject();
    const project = await detected();
    const wraps = async (ask: object, more: object = {}) =>
      (await decideWrapping(ask, { ...project, ...more }, raw, resources, task)).wraps;
    expect(await wraps({})).toEqual(['gpg']);
    expect(await wraps({ compress: true })).toEqual(['gz', 'gpg']);
    expect(await wraps({ encrypt: false })).toEqual([]);
    expect(await wraps({ encrypt: false, compress: true })).toEqual(['gz']);
    expect(await wraps({}, { encrypt: false })).toEqual([]);
    // Who names a recipient wants it encrypted.
    expect(await wraps({ recipients: [address] }, { encrypt: false })).toEqual(['gpg']);
    await expect(wraps({}, { recipients: [] })).rejects.toMatchObject({ code: 'no-recipient', exit: 2 });
    await expect(wraps({ recipients: [] })).rejects.toMatchObject({ code: 'no-recipient' });
  });

  it('is packed once: by gzip or in the message, and not what is packed already', async () => {
    const { resources, detected } = await serviceProject();
    const project = await detected();
    const inMessage = async (compress: boolean, compressed: boolean) =>
      (await decideWrapping({ compress }, project, { compressed }, resources, task)).encode.compressInMessage;
    expect([
      await inMessage(false, false),
      await inMessage(true, false),
      await inMessage(false, true),
    ]).toEqual([true, false, false]);
  });

  it('is signed by the one secret key that was meant', async () => {
    const { service, resources, detected } = await serviceProject();
    const project = await detected({ sign: address });
    const sign = async (ask: object, settings: object = project.settings) =>
      (await decideWrapping(ask, { ...project, settings }, raw, resources, task)).encode.signing;
    expect(await sign({})).toMatchObject({ passphrase: '' });
    expect(await sign({ sign: address }, {})).toBeDefined();
    expect(await sign({}, { sign: '' })).toBeUndefined();
    // The setting is for backups that are encrypted; who asks for it here is told.
    expect(await sign({ encrypt: false })).toBeUndefined();
    await expect(sign({ encrypt: false, sign: address })).rejects.toMatchObject({ code: 'usage' });
    await expect(sign({ sign: 'nobody@example.org' })).rejects.toMatchObject({ code: 'no-secret-key' });
    const twin = await service.generateKey({ ...owner, email: address }, task);
    await expect(sign({ sign: address, recipients: [twin.fingerprint] })).rejects.toMatchObject({
      code: 'ambiguous-recipient',
      hint: 'Name one by its fingerprint.',
    });
  });
});
