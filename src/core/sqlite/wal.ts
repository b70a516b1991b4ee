/** Reads up to `length` bytes at `position`; fewer at the end of the file. */
export type ReadAt = (position: number, length: number) => Promise<Uint8Array>;

/** What a write-ahead log has committed (https://sqlite.org/fileformat2.html#the_write_ahead_log). */
export interface CommittedLog {
  /** 16 hex digits that change whenever the log starts over. */
  salts: string;
  /** Bytes. */
  pageSize: number;
  /** Pages of the database after the last commit. */
  pages: number;
  /** Frames up to and with the last commit. */
  frames: number;
  /** Where in the log the newest committed content of a page stands: page number, counted from 1, to byte offset. */
  newest: Map<number, number>;
}

const headerBytes = 32;
const frameHeaderBytes = 24;
const saltOffset = 16;
const bigEndianMagic = 0x377f0683;
const littleEndianMagic = 0x377f0682;
const formatVersion = 3_007_000;
const batchBytes = 1 << 20;

/** The salts of a log, whether or not anything in it is committed; undefined where there is no log yet. */
export async function readSalts(read: ReadAt): Promise<string | undefined> {
  const bytes = await read(0, headerBytes);
  return bytes.length < headerBytes ? undefined : saltsAt(bytes, saltOffset);
}

/**
 * Finds what is committed: frames with the header's salts, in an unbroken chain of checksums, up to the last one that
 * ends a transaction. Anything after it is unfinished or from before the log started over.
 * @returns undefined where nothing is
 */
export async function scanLog(read: ReadAt): Promise<CommittedLog | undefined> {
  const header = await read(0, headerBytes);
  const start = parseLogHeader(header);
  if (!start) return undefined;
  const { littleEndian, pageSize, salts } = start;
  const frameBytes = frameHeaderBytes + pageSize;
  const batchFrames = Math.max(1, Math.floor(batchBytes / frameBytes));
  const log: CommittedLog = { salts, pageSize, pages: 0, frames: 0, newest: new Map() };
  const pending = new Map<number, number>();
  let sums = start.sums;
  for (let frame = 0; ; ) {
    const batch = await read(headerBytes + frame * frameBytes, batchFrames * frameBytes);
    const view = viewOf(batch);
    const whole = Math.floor(batch.length / frameBytes);
    for (let index = 0; index < whole; index++, frame++) {
      const at = index * frameBytes;
      if (saltsAt(batch, at + 8) !== salts) return committedOnly(log);
      sums = checksum(view, at, 8, littleEndian, sums);
      sums = checksum(view, at + frameHeaderBytes, pageSize, littleEndian, sums);
      if (view.getUint32(at + 16) !== sums[0] || view.getUint32(at + 20) !== sums[1])
        return committedOnly(log);
      pending.set(view.getUint32(at), headerBytes + frame * frameBytes + frameHeaderBytes);
      const pagesAfterCommit = view.getUint32(at + 4);
      if (pagesAfterCommit === 0) continue;
      for (const [page, offset] of pending) log.newest.set(page, offset);
      pending.clear();
      log.pages = pagesAfterCommit;
      log.frames = frame + 1;
    }
    if (whole < batchFrames) return committedOnly(log);
  }
}

/**
 * Puts committed pages over an image of the database file.
 * @param image at least {@link CommittedLog.pages} pages long; pages beyond them are left out of what is given back
 */
export async function mergeLog(image: Uint8Array, log: CommittedLog, read: ReadAt): Promise<Uint8Array> {
  for (const [page, offset] of log.newest) {
    if (page > log.pages) continue;
    image.set(await read(offset, log.pageSize), (page - 1) * log.pageSize);
  }
  return image.subarray(0, log.pages * log.pageSize);
}

interface LogStart {
  littleEndian: boolean;
  pageSize: number;
  salts: string;
  sums: [number, number];
}

function parseLogHeader(header: Uint8Array): LogStart | undefined {
  if (header.length < headerBytes) return undefined;
  const view = viewOf(header);
  const magic = view.getUint32(0);
  if ((magic !== bigEndianMagic && magic !== littleEndianMagic) || view.getUint32(4) !== formatVersion)
    return undefined;
  const littleEndian = magic === littleEndianMagic;
  const sums = checksum(view, 0, 24, littleEndian, [0, 0]);
  if (view.getUint32(24) !== sums[0] || view.getUint32(28) !== sums[1]) return undefined;
  return { littleEndian, pageSize: view.getUint32(8), salts: saltsAt(header, saltOffset), sums };
}

function committedOnly(log: CommittedLog): CommittedLog | undefined {
  return log.frames === 0 ? undefined : log;
}

/** Sums 32-bit words two by two, in the byte order that the log's magic number names. */
function checksum(
  view: DataView,
  offset: number,
  length: number,
  littleEndian: boolean,
  [first, second]: [number, number],
): [number, number] {
  let a = first;
  let b = second;
  for (let at = offset; at < offset + length; at += 8) {
    a = (a + view.getUint32(at, littleEndian) + b) >>> 0;
    b = (b + view.getUint32(at + 4, littleEndian) + a) >>> 0;
  }
  return [a, b];
}

function saltsAt(bytes: Uint8Array, offset: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, 8).toString('hex');
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
