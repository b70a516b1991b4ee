import { throwIfCancelled } from '../errors.ts';
import { overLimit, ratioFrom, type UnpackLimits } from '../files/unpackLimits.ts';
import { type ArchiveEntry, badArchive, type CheckedEntry, type MediaTask, shown } from './archive.ts';
import { linkStaysInside, parentsOf, safePath, unstorable } from './safePath.ts';

export interface GuardOptions extends MediaTask {
  limits: UnpackLimits;
  /** Bytes of the file the archive came from, for the ratio. */
  packedBytes?: number | undefined;
}

/** Looks at each member before anything of it is unpacked. One guard sees one archive from its start to its end. */
export class Guard {
  readonly #options: GuardOptions;
  readonly #types = new Map<string, CheckedEntry['type']>();
  #entries = 0;
  #bytes = 0;

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /**
   * The member with its safe path, or undefined where it is left out with a warning.
   * @throws BackupError bad-archive naming the member, over-limit
   */
  check(entry: ArchiveEntry): CheckedEntry | undefined {
    throwIfCancelled(this.#options.signal);
    this.#count(entry);
    const path = safePath(entry.name);
    const { type } = entry;
    const dated = { ...entry, mtime: possibleDate(entry.mtime) };
    if (type === 'other') {
      throw badArchive(
        `The archive holds a device, a pipe or a kind of file that media cannot hold: ${shown(entry.name)}.`,
      );
    }
    if (path === '') {
      if (type === 'folder') return { ...dated, type, path };
      throw badArchive(`The archive holds a file without a name: ${shown(entry.name)}.`);
    }
    this.#checkPlace(path, type);
    this.#types.set(path, type);
    const why = unstorable(path);
    if (why !== undefined) return this.#leaveOut('name-not-storable', path, why);
    if (type === 'hardlink') return this.#hardLink({ ...dated, type, path });
    if (type === 'symlink' && !linkStaysInside(path, entry.linkTarget ?? '')) {
      return this.#leaveOut(
        'link-leaves-root',
        path,
        `it is a link to ${shown(entry.linkTarget ?? '')}, outside the media folder`,
      );
    }
    return { ...dated, type, path };
  }

  #checkPlace(path: string, type: CheckedEntry['type']): void {
    for (const parent of parentsOf(path)) {
      const above = this.#types.get(parent);
      if (above === undefined) this.#types.set(parent, 'folder');
      else if (above !== 'folder') {
        throw badArchive(
          `The archive puts ${shown(path)} below ${shown(parent)}, which is a ${above === 'symlink' ? 'link' : 'file'} there.`,
        );
      }
    }
    const same = this.#types.get(path);
    if (same !== undefined && !(same === 'folder' && type === 'folder')) {
      throw badArchive(`The archive holds the name ${shown(path)} twice.`);
    }
  }

  #hardLink(entry: CheckedEntry): CheckedEntry {
    const target = safePath(entry.linkTarget ?? '');
    if (this.#types.get(target) !== 'file') {
      throw badArchive(
        `The archive links ${shown(entry.path)} to ${shown(entry.linkTarget ?? '')}, which is no file in it.`,
      );
    }
    return { ...entry, linkTarget: target };
  }

  #count(entry: ArchiveEntry): void {
    const { limits, packedBytes } = this.#options;
    this.#entries++;
    this.#bytes += entry.size;
    if (this.#entries > limits.entries) {
      throw overLimit('files', `The archive holds more than ${limits.entries} files.`);
    }
    if (this.#bytes > limits.bytes) {
      throw overLimit(
        'size',
        `The archive unpacks to more than ${limits.bytes} bytes (at ${shown(entry.name)}).`,
      );
    }
    if (packedBytes && this.#bytes > ratioFrom && this.#bytes / packedBytes > limits.ratio) {
      throw overLimit(
        'ratio',
        `The archive unpacks to more than ${limits.ratio} times its size (at ${shown(entry.name)}); it may be a trap that fills the disk.`,
      );
    }
  }

  #leaveOut(code: string, path: string, why: string): undefined {
    this.#options.onWarning?.({ code, message: `${shown(path)} was left out: ${why}.` });
  }
}

/** A date that a Date can hold; anything else was damaged or made up. */
function possibleDate(mtime: number | undefined): number | undefined {
  return mtime !== undefined && Math.abs(mtime) <= 8.64e15 ? mtime : undefined;
}
