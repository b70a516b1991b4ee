import fc from 'fast-check';
import { linkStaysInside, safePath } from '../../src/core/media/safePath.ts';
import type { TreeItem } from './tree.ts';

type Node =
  | { kind: 'file'; content: Uint8Array; mode: number; second: number }
  | { kind: 'folder'; children: Record<string, Node>; mode: number; second: number }
  | { kind: 'link'; to: number; second: number };

const name = fc
  .oneof(
    { weight: 4, arbitrary: fc.stringMatching(/^[a-z]{1,8}(\.[a-z]{2,3})?$/) },
    { weight: 3, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }) },
    { weight: 1, arbitrary: fc.stringMatching(/^[a-z]{90,250}$/) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'media',
        'social-media',
        '__proto__',
        '-rf',
        ' ',
        'a\nb',
        'a\\b',
        '...',
        '7',
        'é',
        'e\u0301',
      ),
    },
  )
  .filter(isName);

const mode = fc.constantFrom(0o644, 0o600, 0o755, 0o640, 0o444, 0o666);
const folderMode = fc.constantFrom(0o755, 0o700, 0o775, 0o750);
/** Up to 2100: more than 31 bits of seconds. */
const second = fc.oneof(
  fc.integer({ min: 1, max: 4_102_444_800 }),
  fc.constantFrom(0, 1, 2 ** 31 - 1, 2 ** 31),
);
const content = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.constantFrom(0, 1, 511, 512, 513, 1023, 1024, 70_000).map((size) => new Uint8Array(size).fill(0)),
  fc
    .integer({ min: 0, max: 3000 })
    .map((size) => Uint8Array.from({ length: size }, (_, at) => (at * 31) & 255)),
);

const { node } = fc.letrec<{ node: Node; folder: Node }>((tie) => ({
  node: fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('file' as const), content, mode, second }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('link' as const), to: fc.nat(50), second }) },
    { weight: 3, arbitrary: tie('folder') },
  ),
  folder: fc.record({
    kind: fc.constant('folder' as const),
    children: fc.dictionary(name, tie('node'), {
      maxKeys: 5,
      depthSize: 'small',
      noNullPrototype: false,
    } as object),
    mode: folderMode,
    second,
  }),
}));

/** The content of a media folder: odd names, empty folders, links that stay inside, dates in whole seconds. */
export const arbitraryTree: fc.Arbitrary<TreeItem[]> = fc
  .dictionary(name, node, { maxKeys: 6 })
  .map((children) => {
    const items: TreeItem[] = [];
    const links: { path: string; to: number; mtime: number }[] = [];
    const visit = (below: string, nodes: Record<string, Node>) => {
      for (const [key, child] of Object.entries(nodes)) {
        const path = below + key;
        const mtime = child.second * 1000;
        if (child.kind === 'link') links.push({ path, to: child.to, mtime });
        else if (child.kind === 'file') items.push({ path, content: child.content, mode: child.mode, mtime });
        else {
          items.push({ path, folder: true, mode: child.mode, mtime });
          visit(`${path}/`, child.children);
        }
      }
    };
    visit('', children);
    const targets = items.map(({ path }) => path);
    for (const { path, to, mtime } of links) {
      const target = targets[to % Math.max(1, targets.length)];
      if (target === undefined) continue;
      const link = `${'../'.repeat(path.split('/').length - 1)}${target}`;
      if (linkStaysInside(path, link)) items.push({ path, link, mtime });
    }
    return items;
  });

function isName(text: string): boolean {
  if (text.includes('/') || Buffer.byteLength(text) > 255 || Buffer.from(text).toString() !== text)
    return false;
  try {
    return safePath(text) === text && safePath(`${text}/x`) === `${text}/x`;
  } catch {
    return false;
  }
}
