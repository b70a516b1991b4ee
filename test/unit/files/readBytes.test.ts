import { expect, it } from 'vitest';
import { peek } from '../../../src/core/files/readBytes.ts';
import { gather } from '../../support/bytes.ts';

/** A source that tells whether it was ended. */
function source(...chunks: string[]) {
  const state = { ended: false };
  async function* read() {
    try {
      for (const chunk of chunks) yield Buffer.from(chunk);
    } finally {
      state.ended = true;
    }
  }
  return { state, bytes: read() };
}

it('a look at the first bytes gives them back with the rest', async () => {
  const { bytes } = source('ab', 'cd', 'ef');
  const { head, bytes: all } = await peek(bytes, 3);
  expect(String(head)).toBe('abc');
  expect(String(await gather(all))).toBe('abcdef');
});

it('ends its source where nobody reads on, before the first byte and behind it', async () => {
  for (const steps of [0, 1]) {
    const { bytes, state } = source('ab', 'cd', 'ef');
    const iterator = (await peek(bytes, 1)).bytes[Symbol.asyncIterator]();
    for (let step = 0; step < steps; step++) await iterator.next();
    expect(state.ended).toBe(false);
    await iterator.return?.();
    expect(state.ended).toBe(true);
  }
});
