import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { throughThread } from '../../../src/core/threads/throughThread.ts';

let folder: string;
let script: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dbbackup-test-'));
  script = join(folder, 'echoThread.cjs');
  const entryPoints = [join(import.meta.dirname, '../../support/echoThread.ts')];
  await build({ entryPoints, outfile: script, bundle: true, platform: 'node', format: 'cjs' });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Words, and how far they were pulled and whether they were ended. */
function wordsOf(...words: string[]) {
  const seen = { pulled: 0, ended: false };
  async function* source() {
    try {
      for (const word of words) {
        seen.pulled++;
        if (word === 'throw') throw new RangeError('the source');
        yield word;
      }
    } finally {
      seen.ended = true;
    }
  }
  return { seen, source: source() };
}

const through = (source: AsyncIterable<string>, signal = new AbortController().signal) =>
  throughThread<string, string>(source, { script, start: { prefix: '>' }, signal, transfer: () => [] });

async function all(source: AsyncIterable<string>): Promise<string[]> {
  const values: string[] = [];
  for await (const value of through(source)) values.push(value);
  return values;
}

describe('a thread of its own', () => {
  it('answers in order, as many as there are', async () => {
    const words = Array.from({ length: 100 }, (_, at) => String(at));
    expect(await all(wordsOf(...words).source)).toEqual(words.map((word) => `>${word}`));
    expect(await all(wordsOf().source)).toEqual([]);
  });

  it('is sent no more than it can take while nobody takes what it gave', async () => {
    const { seen, source } = wordsOf(...Array.from({ length: 1000 }, () => 'a'));
    const answers = through(source);
    await answers.next();
    await sleep(300);
    expect(seen.pulled).toBeLessThan(20);
    await answers.return(undefined);
    expect(seen.ended).toBe(true);
  });

  it('fails as its work does: an error for people with its code, a defect with its words', async () => {
    const damaged = wordsOf('a', 'fail', 'b');
    await expect(all(damaged.source)).rejects.toMatchObject({ code: 'damaged', hint: 'Take another.' });
    await expect(all(wordsOf('break').source)).rejects.toThrow(/a defect/);
    expect(damaged.seen.ended).toBe(true);
  });

  it('fails where it ends early', async () => {
    await expect(all(wordsOf('a', 'exit', 'b').source)).rejects.toThrow(
      'thread ended before its work was done',
    );
  });

  it('gives what came before, then fails as its source does', async () => {
    const given: string[] = [];
    const failing = async () => {
      for await (const value of through(wordsOf('a', 'throw').source)) given.push(value);
    };
    await expect(failing()).rejects.toThrow('the source');
  });

  it('is ended at once where the work is cancelled', async () => {
    const { seen, source } = wordsOf('stand', 'b');
    const controller = new AbortController();
    const answers = through(source, controller.signal);
    setTimeout(() => controller.abort(), 100);
    await expect(answers.next()).rejects.toMatchObject({ code: 'cancelled' });
    expect(seen.ended).toBe(true);
  });
});
