import type { CheckedEntry } from './archive.ts';

/** What django-dbbackup of old put before every name. */
export const oldPrefix = 'media';

/** Whether every member of an archive lies under the old prefix: then it is no folder of the root's, but the root. */
export class PrefixWatch {
  #files = 0;
  #all = true;

  see(entry: Pick<CheckedEntry, 'path' | 'type'>): void {
    const isPrefix = entry.path === oldPrefix && entry.type === 'folder';
    if (!isPrefix && !entry.path.startsWith(`${oldPrefix}/`)) this.#all = false;
    else if (!isPrefix) this.#files++;
  }

  get found(): boolean {
    return this.#all && this.#files > 0;
  }
}

export function withoutPrefix(path: string): string {
  return path === oldPrefix ? '' : path.slice(oldPrefix.length + 1);
}
