import { expect, it } from 'vitest';
import { Later } from '../../../src/editor/later.ts';

it('makes its part once, when asked, and ends it, one that comes too late as well', async () => {
  let made = 0;
  const ended: string[] = [];
  const part = (name: string) =>
    new Later(async () => {
      made++;
      return { dispose: () => ended.push(name) };
    });
  const unused = part('unused');
  unused.dispose();
  expect(made).toBe(0);
  const early = part('early');
  expect(await early.get()).toBe(await early.get());
  expect(made).toBe(1);
  early.dispose();
  const late = part('late');
  const coming = late.get();
  late.dispose();
  await coming;
  expect(ended).toEqual(['early', 'late']);
});
