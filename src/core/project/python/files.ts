import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { realPathOf } from '../realPath.ts';

const mostBytes = 1 << 20;
const mostFiles = 300;

/** Files by absolute path as they would be after an edit: read instead of what lies on disk. */
export type Drafts = ReadonlyMap<string, Uint8Array>;

/** Reads the small text files that settings are made of: regular ones, of at most a MiB, a few hundred at most. */
export class FileReader {
  readonly #root: string;
  readonly #realRoot: string;
  readonly #drafts: Drafts;
  #left = mostFiles;

  constructor(root: string, drafts: Drafts = new Map()) {
    this.#root = root;
    this.#drafts = drafts;
    this.#realRoot = realPathOf(root);
  }

  /** The text of a file, or undefined where there is none that can be read. */
  text(path: string): string | undefined {
    if (!this.isFile(path) || this.#left-- <= 0) return undefined;
    const draft = this.#drafts.get(path);
    if (draft) return asText(draft);
    try {
      if (statSync(path).size > mostBytes) return undefined;
      return asText(readFileSync(path));
    } catch {
      return undefined;
    }
  }

  /** A pipe or device, which could hold up whoever reads it, is no file. */
  isFile(path: string): boolean {
    return this.#drafts.has(path) || this.#is(path, 'isFile');
  }

  isFolder(path: string): boolean {
    return this.#is(path, 'isDirectory');
  }

  exists(path: string): boolean {
    return existsSync(path);
  }

  /** `realpath`, except that the project keeps the name by which it was opened. What does not exist may end a path. */
  real(path: string): string {
    const real = realPathOf(path);
    const way = relative(this.#realRoot, real);
    const inside = way !== '..' && !/^\.\.[/\\]/.test(way) && !isAbsolute(way);
    return inside ? join(this.#root, way) : real;
  }

  #is(path: string, kind: 'isFile' | 'isDirectory'): boolean {
    try {
      return statSync(path)[kind]();
    } catch {
      return false;
    }
  }
}

function asText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('utf8')
    .replace(/^\ufeff/, '');
}
