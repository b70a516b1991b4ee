import { join } from 'node:path';
import type { Change, FolderFacts, PutStep } from './change.ts';
import { parentsOf } from './safePath.ts';
import { isExcluded, statsOf, type TreeNode, typeOf, walkTree } from './walk.ts';

/** What a tree should get and lose, before anybody looked at what is in the way. */
export interface Wanted {
  put: PutStep[];
  /** Folders to be there; the outermost first. */
  folders: FolderFacts[];
  /** Files and links to go. */
  remove: string[];
  /** Folders to go if nothing is left in them. */
  removeFolders: string[];
}

/** Looks a path up in the live tree, each once. */
export class LiveTree {
  readonly root: string;
  readonly #exclude: readonly string[];
  readonly #known = new Map<string, TreeNode | undefined>();

  constructor(root: string, exclude: readonly string[]) {
    this.root = root;
    this.#exclude = exclude;
  }

  /** What stands at a path. Nothing stands below a file or a link: links are never followed. */
  async at(path: string): Promise<TreeNode | undefined> {
    if (this.#known.has(path)) return this.#known.get(path);
    const above = path === '' ? undefined : (parentsOf(path).at(-1) ?? '');
    let node: TreeNode | undefined;
    if (above === undefined || (await this.at(above))?.type === 'folder') {
      const absolute = join(this.root, path);
      const stats = await statsOf(absolute);
      if (stats) node = { path, absolute, type: typeOf(stats), stats };
    }
    this.#known.set(path, node);
    return node;
  }

  /** The file or link that stands where a parent folder of this path would have to be. */
  async blockerOf(path: string): Promise<TreeNode | undefined> {
    for (const parent of parentsOf(path)) {
      const node = await this.at(parent);
      if (node === undefined) return undefined;
      if (node.type !== 'folder') return node;
    }
    return undefined;
  }

  isExcluded(path: string): boolean {
    return isExcluded(join(this.root, path), this.#exclude);
  }

  walk(below: string, signal: AbortSignal): AsyncGenerator<TreeNode> {
    return walkTree(this.root, { exclude: this.#exclude, signal }, below);
  }
}

/** Works out every step from what is wanted to what is there, with what stands in the way removed first. */
export async function planChange(live: LiveTree, wanted: Wanted, signal: AbortSignal): Promise<Change> {
  const remove = new Set<string>();
  const removeFolders = new Set(wanted.removeFolders);
  const makeFolders = new Set<string>((await live.at('')) ? [] : ['']);
  for (const path of wanted.remove) {
    const node = await live.at(path);
    if (node && node.type !== 'folder') remove.add(path);
  }
  const needFolder = async (path: string) => {
    const node = await live.at(path);
    if (node && node.type !== 'folder') remove.add(path);
    if (node?.type !== 'folder') makeFolders.add(path);
    removeFolders.delete(path);
  };
  for (const { path } of wanted.folders) {
    if (path === '') continue;
    for (const folder of [...parentsOf(path), path]) await needFolder(folder);
  }
  for (const { path } of wanted.put) {
    for (const parent of parentsOf(path)) await needFolder(parent);
    const node = await live.at(path);
    remove.delete(path);
    if (node?.type !== 'folder') continue;
    for await (const inside of live.walk(path, signal)) {
      if (inside.type === 'folder') removeFolders.add(inside.path);
      else remove.add(inside.path);
    }
    removeFolders.add(path);
  }
  return {
    root: live.root,
    remove: [...remove],
    removeFolders: [...removeFolders].sort(deepestFirst),
    makeFolders: [...makeFolders].sort((one, other) => deepestFirst(other, one)),
    put: wanted.put,
    setFolders: wanted.folders.filter(({ mode, mtime }) => mode !== undefined || mtime !== undefined),
  };
}

function deepestFirst(one: string, other: string): number {
  return depth(other) - depth(one);
}

function depth(path: string): number {
  return path === '' ? 0 : path.split('/').length;
}
