import { type Extract, extract as tarExtract } from 'tar-stream';
import { asError, BackupError } from '../errors.ts';
import type { Bytes } from '../task.ts';
import { type ArchiveEntry, badArchive, damagedArchive, type MediaTask, shown } from './archive.ts';
import { drained } from './flow.ts';

const blockBytes = 512;
/** Old tars have no magic; the option is missing from the published types. */
const parserOptions: { highWaterMark?: number; allowUnknownFormat: boolean } = { allowUnknownFormat: true };
const entryTypes: Record<string, ArchiveEntry['type']> = {
  file: 'file',
  'contiguous-file': 'file',
  directory: 'folder',
  symlink: 'symlink',
  link: 'hardlink',
};

/** What tar-stream gives beyond its published types. */
interface FullHeader {
  name: string;
  mode: number;
  mtime: Date;
  size: number;
  uid: number;
  uname: string;
  type: string | null;
  linkname: string | null;
  byteOffset: number;
  pax: Record<string, string> | null;
}

/**
 * The members of a tar (ustar, GNU, PAX, old ones) in their order, unchecked.
 * @throws BackupError damaged where it ends early or a header is broken, bad-archive for sparse files
 */
export async function* readTar(source: Bytes, task: MediaTask): AsyncGenerator<ArchiveEntry> {
  const extract = tarExtract(parserOptions);
  const feed = new Feed(source, extract, task.signal);
  let end = 0;
  try {
    for await (const entry of extract) {
      const header = entry.header as unknown as FullHeader;
      refuseSparse(header);
      const bytes = entry as unknown as Bytes;
      const isFolder = header.type === 'directory';
      end = header.byteOffset + (isFolder ? 0 : Math.ceil(header.size / blockBytes) * blockBytes);
      let consumed = false;
      const content = (async function* () {
        consumed = true;
        try {
          yield* bytes;
        } catch (error) {
          // This goes to whoever reads the content, past the catch below.
          await feed.ended;
          throw feed.failure ?? explain(error);
        }
      })();
      yield { ...factsOf(header), content };
      if (!consumed) await drain(bytes);
    }
    await feed.ended;
  } catch (error) {
    throw feed.failure ?? explain(error);
  } finally {
    extract.destroy();
    await feed.ended.catch(() => undefined);
  }
  feed.checkEnd(end);
}

/** Pushes a source into the parser, and knows how it ended. */
class Feed {
  readonly ended: Promise<void>;
  failure: unknown;
  #bytes = 0;
  #lastBlock: Uint8Array = new Uint8Array();

  constructor(source: Bytes, extract: Extract, signal: AbortSignal) {
    const onAbort = () => extract.destroy(cancelled());
    signal.addEventListener('abort', onAbort);
    this.ended = this.#push(source, extract, signal)
      .catch((error: unknown) => {
        this.failure = error;
        extract.destroy(asError(error));
      })
      .finally(() => signal.removeEventListener('abort', onAbort));
  }

  async #push(source: Bytes, extract: Extract, signal: AbortSignal): Promise<void> {
    for await (const chunk of source) {
      if (signal.aborted) throw cancelled();
      if (extract.destroyed) return;
      this.#bytes += chunk.length;
      this.#lastBlock =
        chunk.length >= blockBytes
          ? chunk.subarray(-blockBytes)
          : Buffer.concat([this.#lastBlock, chunk]).subarray(-blockBytes);
      if (!extract.write(chunk)) await drained(extract);
    }
    extract.end(null);
  }

  /** The parser takes an archive that stops between two members for a whole one; a whole one ends in a block of zeros. */
  checkEnd(lastMemberEnd: number): void {
    const zeros = this.#lastBlock.length === blockBytes && this.#lastBlock.every((byte) => byte === 0);
    if (this.#bytes >= lastMemberEnd + blockBytes && zeros) return;
    throw damagedArchive('The archive is cut short: the mark at its end is missing.');
  }
}

function cancelled(): BackupError {
  return new BackupError('cancelled', 'Cancelled. Nothing was changed.');
}

function factsOf(header: FullHeader): Omit<ArchiveEntry, 'content'> {
  // django-dbbackup 3.0 to 5.1 writes every member with these; they say nothing about the file.
  const anonymous =
    header.mtime.getTime() === 0 &&
    header.uid === 0 &&
    header.uname === '' &&
    header.pax?.mtime === undefined;
  const isMode = Number.isInteger(header.mode);
  const type = entryTypes[header.type ?? ''] ?? 'other';
  return {
    name: header.name,
    type,
    mode: isMode && !(anonymous && header.mode === 0o644) ? header.mode & 0o777 : undefined,
    mtime: anonymous ? undefined : mtimeOf(header),
    size: type === 'file' ? header.size : 0,
    linkTarget: type === 'symlink' || type === 'hardlink' ? (header.linkname ?? '') : undefined,
  };
}

function mtimeOf(header: FullHeader): number {
  const exact = Number(header.pax?.mtime ?? Number.NaN);
  return Number.isFinite(exact) ? exact * 1000 : header.mtime.getTime();
}

/** A sparse file's blocks would be taken for its content. */
function refuseSparse(header: FullHeader): void {
  if (!Object.keys(header.pax ?? {}).some((key) => key.startsWith('GNU.sparse.'))) return;
  throw badArchive(`${shown(header.name)} is stored as a sparse file, which this program does not read.`);
}

async function drain(entry: Bytes): Promise<void> {
  for await (const chunk of entry) void chunk;
}

function explain(error: unknown): unknown {
  if (error instanceof BackupError || !(error instanceof Error)) return error;
  // What is being read when the parser gives up only hears that it was destroyed.
  if (/Unexpected end of data|Stream was destroyed/.test(error.message))
    return damagedArchive('The archive is cut short.', error);
  return damagedArchive(`The archive cannot be read as a tar: ${error.message}`, error);
}
