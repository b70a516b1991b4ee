import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listArchive } from '../../../src/core/media/listArchive.ts';
import { undoMoveIn } from '../../../src/core/media/moveIn.ts';
import { writeTar } from '../../../src/core/media/writeTar.ts';
import { writeZip } from '../../../src/core/media/writeZip.ts';
import { arbitraryTree } from '../../support/arbitraryTree.ts';
import { collect, inPieces, never, restoreInto } from '../../support/media.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { describeTree, makeTree } from '../../support/tree.ts';

const writers = { tar: writeTar, zip: writeZip };
/** Each run makes, packs and unpacks a whole tree on disk. */
const numRuns = 250;

test.each(['tar', 'zip'] as const)('any tree comes back from a %s as it was', async (kind) => {
  const scratch = await scratchFolder();
  let run = 0;
  await fc.assert(
    fc.asyncProperty(arbitraryTree, fc.integer({ min: 1, max: 5000 }), async (items, pieces) => {
      const here = join(scratch, String(run++));
      const [source, root] = [join(here, 'source'), join(here, 'media')];
      await makeTree(source, items);
      const bytes = await collect(writers[kind](source, { signal: never, exclude: [] }));
      const { warnings } = await restoreInto(root, here, inPieces(bytes, pieces), kind);
      expect(await describeTree(root)).toEqual(await describeTree(source));
      expect(warnings).toEqual([]);
      const listed = await listArchive(inPieces(bytes), kind, { signal: never });
      expect(listed.map(({ path }) => path).sort()).toEqual(items.map(({ path }) => path).sort());
      await rm(here, { recursive: true });
    }),
    { numRuns },
  );
});

test.each(['add', 'replace', 'mirror'] as const)(
  'any restore over any tree, mode %s, is undone exactly',
  async (mode) => {
    const scratch = await scratchFolder();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(arbitraryTree, arbitraryTree, fc.boolean(), async (items, live, nested) => {
        const here = join(scratch, String(run++));
        const [source, root] = [join(here, 'source'), join(here, 'media')];
        await makeTree(source, items);
        // Half of the time both share names, and with them conflicts of kind.
        await makeTree(root, nested ? live : mixed(items, live));
        const before = await describeTree(root);
        const { undoFolder } = await restoreInto(
          root,
          here,
          writeTar(source, { signal: never, exclude: [] }),
          'tar',
          mode,
        );
        const after = await describeTree(root);
        if (mode === 'mirror') expect(after).toEqual(await describeTree(source));
        await undoMoveIn(undoFolder, join(here, 'redo'), { signal: never });
        expect(await describeTree(root)).toEqual(before);
        await undoMoveIn(join(here, 'redo'), join(here, 'undo'), { signal: never });
        expect(await describeTree(root)).toEqual(after);
        await rm(here, { recursive: true });
      }),
      { numRuns: 100 },
    );
  },
);

type Items = Parameters<typeof makeTree>[1];

/** The live tree under the names of the backed up one, as far as they go: files where folders are, and the reverse. */
function mixed(items: Items, live: Items): Items {
  const rename = new Map<string, string>();
  const tops = [...new Set(items.map(({ path }) => path.split('/')[0] ?? ''))];
  const used = new Set<string>();
  for (const { path } of live) {
    const top = path.split('/')[0] ?? '';
    if (rename.has(top)) continue;
    const to = tops[rename.size] ?? top;
    if (used.has(to)) continue;
    rename.set(top, to);
    used.add(to);
  }
  return live.flatMap((item) => {
    const [top = '', ...rest] = item.path.split('/');
    const to = rename.get(top);
    return to === undefined || 'link' in item ? [] : [{ ...item, path: [to, ...rest].join('/') }];
  });
}
