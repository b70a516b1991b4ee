import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createService } from '../../../src/core/createService.ts';
import type { Progress } from '../../../src/core/task.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { testTask } from '../../support/task.ts';

test('whoever looks on is told how far of the whole it is, and which file it is at', async () => {
  const folder = await scratchFolder();
  await mkdir(join(folder, 'upload'));
  for (const name of ['a', 'b', 'c']) await writeFile(join(folder, 'upload', name), Buffer.alloc(3_000_000));
  const environment = { ...process.env, DBBACKUP_HOME: join(folder, 'home') };
  const service = createService({ environment, workspace: () => [], trustProject: true });
  const project = { folder, settings: { mediaRoot: 'upload', encrypt: false } };
  const watching = () => {
    const task = testTask({ confirm: async () => true });
    return { ...task, ask: { ...task.ask, detailed: true } };
  };
  const of = (steps: Progress[], phase: string) => steps.filter((step) => step.phase === phase);

  const backup = watching();
  const { backups } = await service.backup({ project, what: 'media' }, backup);
  expect(of(backup.progress, 'reading').at(-1)).toEqual({
    phase: 'reading',
    ...{ done: 9_000_000, total: 9_000_000, unit: 'bytes', item: 'c' },
  });

  await writeFile(join(folder, 'upload', 'b'), 'changed');
  const restore = watching();
  await service.restore({ project, what: 'media', file: backups[0]?.path ?? '' }, restore);
  const decoding = of(restore.progress, 'decoding');
  expect(new Set(decoding.map(({ total }) => total))).toEqual(new Set([backups[0]?.bytes]));
  expect(new Set(decoding.map(({ item }) => item))).toEqual(new Set([backups[0]?.file, 'a', 'b', 'c']));
  const done = decoding.map((step) => step.done ?? 0);
  expect(done).toEqual(done.toSorted((one, other) => one - other));
  for (const phase of ['keeping-undo', 'committing'])
    expect(of(restore.progress, phase)).toEqual([{ phase, done: 0, total: 1, unit: 'files', item: 'b' }]);
});
