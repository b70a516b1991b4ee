import { Readable } from 'node:stream';
import type JSZip from 'jszip';
import { BackupError, throwIfCancelled } from '../errors.ts';
import type { Bytes } from '../task.ts';
import { ownComment } from './zipDirectory.ts';

/** What a zip can date: 1980 to 2107. */
const firstDate = Date.UTC(1980, 0, 1);
const lastDate = Date.UTC(2107, 11, 31);

/** A zip that is written as it is read: one member is open at a time. */
export class ZipStream {
  readonly #zip: JSZip;
  #failure: unknown;

  private constructor(zip: JSZip) {
    this.#zip = zip;
  }

  static async create(): Promise<ZipStream> {
    const { default: Zip } = await import('jszip');
    return new ZipStream(new Zip());
  }

  /** @param mtime milliseconds since 1970 */
  add(name: string, content: Bytes | Buffer, mtime: number, options: JSZip.JSZipFileOptions = {}): void {
    this.#zip.file(name, Buffer.isBuffer(content) ? content : this.#lazily(content), about(mtime, options));
  }

  addFolder(name: string, mtime: number, options: JSZip.JSZipFileOptions = {}): void {
    this.#zip.file(name, null, { ...about(mtime, options), dir: true });
  }

  async *bytes(compression: 'DEFLATE' | 'STORE', signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const source = this.#zip.generateNodeStream({ streamFiles: true, platform: 'UNIX', compression });
    // jszip's own stream is of a kind that cannot be iterated.
    const output = new Readable({ highWaterMark: 1 << 18 }).wrap(source);
    const onAbort = () => output.destroy(new BackupError('cancelled', 'Cancelled. Nothing was changed.'));
    signal.addEventListener('abort', onAbort);
    try {
      for await (const chunk of output as AsyncIterable<Uint8Array>) {
        if (this.#failure) throw this.#failure;
        throwIfCancelled(signal);
        yield chunk;
      }
    } catch (error) {
      throw this.#failure ?? error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      output.destroy();
    }
    if (this.#failure) throw this.#failure;
  }

  /** Opens nothing until jszip comes to it: streams of fs, given all at once, would open every file at once. */
  #lazily(content: Bytes): Readable {
    return Readable.from(this.#untilFailure(content), { objectMode: false, highWaterMark: 1 });
  }

  /** Errors end the content early and are told aside: jszip goes on to wait for a stream that broke while it was paused. */
  async *#untilFailure(content: Bytes): AsyncGenerator<Uint8Array> {
    try {
      yield* content;
    } catch (error) {
      this.#failure ??= error;
    }
  }
}

function about(mtime: number, options: JSZip.JSZipFileOptions): JSZip.JSZipFileOptions {
  return {
    date: zipDate(mtime),
    comment: ownComment(mtime),
    createFolders: false,
    binary: true,
    ...options,
  };
}

/** jszip writes a date's parts in UTC; every other program reads them as local time. */
function zipDate(mtime: number): Date {
  const local = new Date(mtime);
  const shifted = mtime - local.getTimezoneOffset() * 60_000;
  return new Date(Math.min(Math.max(shifted, firstDate), lastDate));
}
