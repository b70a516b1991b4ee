import { describe, expect, it } from 'vitest';
import { judgeSignatures, type SignatureVerdict } from '../../../src/core/openpgp/signatures.ts';
import type { Warning } from '../../../src/core/task.ts';

/** A verdict as OpenPGP.js gives it: good, or failed for a reason. */
function verdict(reason?: string, id = 'ab12cd34ef56ab78'): SignatureVerdict {
  const verified = reason === undefined ? Promise.resolve(true) : Promise.reject(new Error(reason));
  verified.catch(() => undefined);
  return { keyID: { toHex: () => id }, verified };
}

async function judged(verdicts: SignatureVerdict[], required: boolean): Promise<Warning[]> {
  const warnings: Warning[] = [];
  await judgeSignatures(verdicts, { keys: [], required }, (warning) => void warnings.push(warning));
  return warnings;
}

const unknown = 'Could not find signing key with key ID ab12cd34ef56ab78';
const mismatches = ['Signed digest did not match', 'Signature verification failed'];

describe('signatures', () => {
  it('that are not there are missing only where one is wanted', async () => {
    expect(await judged([], false)).toEqual([]);
    await expect(judged([], true)).rejects.toMatchObject({
      code: 'missing-signature',
      exit: 4,
      message: 'This backup is not signed, and the settings ask for it.',
      hint: expect.stringContaining('requireSignature'),
    });
  });

  it('that are good leave nothing open', async () => {
    for (const required of [true, false]) expect(await judged([verdict()], required)).toEqual([]);
  });

  it.each(mismatches)('over something else are refused, wanted or not: %s', async (reason) => {
    for (const required of [true, false]) {
      for (const verdicts of [[verdict(reason)], [verdict(), verdict(reason)], [verdict(reason), verdict()]])
        await expect(judged(verdicts, required)).rejects.toMatchObject({
          code: 'wrong-signature',
          message: expect.stringContaining('AB12CD34EF56AB78'),
          cause: expect.objectContaining({ message: reason }),
        });
    }
  });

  it('by a stranger are said, and not enough alone where one is wanted', async () => {
    expect(await judged([verdict(unknown)], false)).toMatchObject([
      { code: 'unknown-signer', message: expect.stringContaining('AB12CD34EF56AB78') },
    ]);
    await expect(judged([verdict(unknown)], true)).rejects.toMatchObject({
      code: 'missing-signature',
      message: expect.stringContaining('not signed by a valid key of yours'),
    });
    for (const verdicts of [
      [verdict(unknown), verdict()],
      [verdict(), verdict(unknown)],
    ])
      expect((await judged(verdicts, true)).map(({ code }) => code)).toEqual(['unknown-signer']);
  });

  it('by a key that was revoked or has expired are doubtful, with the reason', async () => {
    expect(await judged([verdict('Signature is expired')], false)).toMatchObject([
      { code: 'doubtful-signature', message: expect.stringContaining('Signature is expired') },
    ]);
    await expect(judged([verdict('Signature is expired')], true)).rejects.toMatchObject({
      code: 'missing-signature',
    });
  });
});
