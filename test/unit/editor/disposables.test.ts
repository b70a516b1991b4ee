import { expect, it } from 'vitest';
import { DisposableStore } from '../../../src/editor/disposables.ts';

it('ends what it owns once, the last one first, and what comes late at once', () => {
  const ended: number[] = [];
  const store = new DisposableStore();
  for (const id of [1, 2]) store.add({ dispose: () => ended.push(id) });
  store.dispose();
  store.dispose();
  store.add({ dispose: () => ended.push(3) });
  expect(ended).toEqual([2, 1, 3]);
});
