import { describe, expect, it } from 'vitest';
import { openKeyring } from '../../../src/core/keys/keyring.ts';
import { createSessionKeySource } from '../../../src/core/keys/sessionKeys.ts';
import { decryptBytes } from '../../../src/core/openpgp/decrypt.ts';
import { encryptBytes } from '../../../src/core/openpgp/encrypt.ts';
import type { PassphraseQuestion } from '../../../src/core/task.ts';
import { gather, streamOf } from '../../support/bytes.ts';
import { keyringWith, type TestKeyring } from '../../support/keys.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

const { signal } = new AbortController();

async function messageTo(...recipients: string[]): Promise<Buffer> {
  return gather(encryptBytes(streamOf('hello'), { recipients, compress: false, signal }));
}

type Answer = string | undefined;

/** Opens a message; every question that is asked is noted and answered with the next answer, or by the question. */
function opening(
  message: Buffer,
  { keyring }: Pick<TestKeyring, 'keyring'>,
  answers: Answer[] | ((question: PassphraseQuestion) => Answer) = [],
) {
  const asked: PassphraseQuestion[] = [];
  const { ask } = testTask({
    passphrase: async (question) => {
      asked.push(question);
      return Array.isArray(answers) ? answers.shift() : answers(question);
    },
  });
  const source = createSessionKeySource({ keyring, gnupg: undefined, ask, signal });
  return { asked, content: gather(decryptBytes(streamOf(message), source, { signal })) };
}

describe('a session key', () => {
  it('comes from a key without a passphrase, and nothing is asked', async () => {
    const ring = await keyringWith('locked@example.org:secret', 'open@example.org');
    const { asked, content } = opening(await messageTo(...ring.publicKeys), ring);
    expect(String(await content)).toBe('hello');
    expect(asked).toEqual([]);
  });

  it('asks for the passphrase of a key by name, again while it is wrong', async () => {
    const ring = await keyringWith('locked@example.org:secret');
    const { asked, content } = opening(await messageTo(...ring.publicKeys), ring, [
      'wrong',
      'wronger',
      'secret',
    ]);
    expect(String(await content)).toBe('hello');
    const question = {
      kind: 'key',
      fingerprint: ring.keys[0]?.info.fingerprint,
      userId: 'Ops <locked@example.org>',
    };
    expect(asked).toEqual([1, 2, 3].map((attempt) => ({ ...question, attempt })));
  });

  it.each([
    ['nobody answers', [undefined], 'passphrase-needed', 1],
    ['somebody gives up after a wrong one', ['wrong', undefined], 'wrong-passphrase', 2],
    ['the same one comes again', ['wrong', 'wrong', 'secret'], 'wrong-passphrase', 2],
    ['three are wrong', ['a', 'b', 'c', 'secret'], 'wrong-passphrase', 3],
  ])('is not found when %s', async (_what, answers, code, questions) => {
    const ring = await keyringWith('locked@example.org:secret');
    const { asked, content } = opening(await messageTo(...ring.publicKeys), ring, answers);
    await expect(content).rejects.toMatchObject({
      code,
      message: expect.stringContaining('locked@example.org'),
    });
    expect(asked).toHaveLength(questions);
  });

  it('tries the next key when the passphrase of one is not known', async () => {
    const ring = await keyringWith('one@example.org:first', 'two@example.org:second');
    const message = await messageTo(...ring.publicKeys);
    const answer = (one: Answer, two: Answer) =>
      opening(message, ring, ({ userId }) => (userId?.includes('one@') ? one : two)).content;
    for (const unknown of [undefined, 'wrong']) {
      expect(String(await answer(unknown, 'second'))).toBe('hello');
      expect(String(await answer('first', unknown))).toBe('hello');
    }
    await expect(answer(undefined, undefined)).rejects.toMatchObject({ code: 'passphrase-needed' });
    await expect(answer(undefined, 'wrong')).rejects.toMatchObject({ code: 'wrong-passphrase' });
    await expect(answer('wrong', undefined)).rejects.toMatchObject({ code: 'wrong-passphrase' });
  });

  it('is not found without a secret key; the keys wanted are named', async () => {
    const ring = await keyringWith('ops@example.org', 'dev@example.org');
    const reader = { keyring: openKeyring(await scratchFolder()) };
    await reader.keyring.import(Buffer.from(ring.publicKeys[0] ?? ''));
    const { asked, content } = opening(await messageTo(...ring.publicKeys), reader);
    const [first, second] = ring.keys.map(({ keyIds }) => keyIds[1] ?? '');
    await expect(content).rejects.toMatchObject({
      code: 'no-secret-key',
      message: expect.stringContaining(`${first} (Ops <ops@example.org>), ${second}, and`),
    });
    expect(asked).toEqual([]);
  });

  it('is not found where the reader was cancelled', async () => {
    const ring = await keyringWith('ops@example.org');
    const aborted = AbortSignal.abort();
    const source = createSessionKeySource({
      ...ring,
      gnupg: undefined,
      ask: testTask().ask,
      signal: aborted,
    });
    const message = await messageTo(...ring.publicKeys);
    await expect(gather(decryptBytes(streamOf(message), source, { signal }))).rejects.toMatchObject({
      code: 'cancelled',
    });
  });

  it('tells nothing of the passphrase in what goes wrong', async () => {
    const ring = await keyringWith('locked@example.org:secret');
    const error = await opening(await messageTo(...ring.publicKeys), ring, () => 'hunter2').content.catch(
      (caught) => caught,
    );
    expect(
      JSON.stringify([error, error.message, error.stack, error.hint, String(error.cause)]),
    ).not.toContain('hunter2');
  });
});
