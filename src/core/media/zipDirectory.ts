import { badArchive, damagedArchive, shown } from './archive.ts';

/** One record of a zip's central directory (APPNOTE 6.3.10, 4.3.12): jszip keeps sizes and checksums to itself. */
export interface ZipRecord {
  name: string;
  type: 'file' | 'folder' | 'symlink' | 'other';
  /** 0 to 0o777; undefined where the archive does not tell. */
  mode: number | undefined;
  /** Milliseconds since 1970. */
  mtime: number;
  /** Bytes, unpacked. */
  size: number;
  crc32: number;
}

const endBytes = 22;
const recordBytes = 46;
const recordMark = 0x02014b50;
const localBytes = 30;
const localMark = 0x04034b50;
const fullWord = 0xffffffff;
const ours = /^mtime=(\d{4}-\d\d-\d\dT[\d:.]+Z)( link)?$/;

/**
 * The records of a zip, in their order.
 * @throws BackupError damaged where the directory is missing or broken, bad-archive for passwords and unknown methods
 */
export function readZipDirectory(zip: Buffer): ZipRecord[] {
  try {
    const { count, start, end, lead } = endOf(zip);
    const records: ZipRecord[] = [];
    let at = start;
    for (let index = 0; index < count; index++) {
      if (zip.readUInt32LE(at) !== recordMark)
        throw damagedArchive('The zip file is damaged: its list of files is broken.');
      const next =
        at + recordBytes + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
      records.push(recordAt(zip, at));
      requireSameName(zip, at, lead);
      at = next;
    }
    if (at !== end) throw damagedArchive('The zip file is damaged: its list of files is broken.');
    return records;
  } catch (error) {
    if (error instanceof RangeError)
      throw damagedArchive('The zip file is damaged: its list of files is broken.', error);
    throw error;
  }
}

/** How jszip shall read names that are not marked as UTF-8: UTF-8 if they are, else one letter for each byte. */
export function decodeZipName(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

/**
 * What {@link readZipDirectory} finds again in a member's comment: zip's own dates have no time zone and 2 s steps, and a
 * single bit, which no checksum covers, makes a link of a file.
 */
export function ownComment(mtime: number, type?: 'link'): string {
  return `mtime=${new Date(mtime).toISOString()}${type === 'link' ? ' link' : ''}`;
}

/**
 * The list of files has no checksum: a name must stand in front of its content as well (APPNOTE 6.3.10, 4.3.7).
 * @param lead bytes before the archive
 */
function requireSameName(zip: Buffer, at: number, lead: number): void {
  const local = lead + localOffset(zip, at);
  const name = zip.subarray(at + recordBytes, at + recordBytes + zip.readUInt16LE(at + 28));
  const start = local + localBytes;
  const there = zip.subarray(start, start + zip.readUInt16LE(local + 26));
  if (zip.readUInt32LE(local) !== localMark || !name.equals(there))
    throw badArchive(`${shown(decodeZipName(name))} goes by another name in the zip's list of files.`);
}

function localOffset(zip: Buffer, at: number): number {
  const offset = zip.readUInt32LE(at + 42);
  if (offset !== fullWord) return offset;
  const nameEnd = at + recordBytes + zip.readUInt16LE(at + 28);
  const extra = extraFields(zip.subarray(nameEnd, nameEnd + zip.readUInt16LE(at + 30))).get(1);
  // Of the two sizes and the offset the field has those, in this order, that did not fit (4.5.3).
  const before = [20, 24].filter((size) => zip.readUInt32LE(at + size) === fullWord).length;
  return extra ? big(extra, 8 * before) : offset;
}

function endOf(zip: Buffer): { count: number; start: number; end: number; lead: number } {
  const from = Math.max(0, zip.length - endBytes - 0xffff);
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < from || end + endBytes > zip.length)
    throw damagedArchive('The zip file is cut short: its list of files is missing.');
  const count = zip.readUInt16LE(end + 10);
  const size = zip.readUInt32LE(end + 12);
  const end64 = end - 20;
  if (end64 < 0 || zip.readUInt32LE(end64) !== 0x07064b50) {
    return { count, start: end - size, end, lead: end - size - zip.readUInt32LE(end + 16) };
  }
  // Counted from the end: bytes may stand before the archive, and its own offsets then lie.
  const record = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 6, 6]), end64);
  const start = record - big(zip, record + 40);
  return { count: big(zip, record + 32), start, end: record, lead: start - big(zip, record + 48) };
}

function recordAt(zip: Buffer, at: number): ZipRecord {
  const flags = zip.readUInt16LE(at + 8);
  const method = zip.readUInt16LE(at + 10);
  const nameEnd = at + recordBytes + zip.readUInt16LE(at + 28);
  const extraEnd = nameEnd + zip.readUInt16LE(at + 30);
  const rawName = zip.subarray(at + recordBytes, nameEnd);
  const extra = extraFields(zip.subarray(nameEnd, extraEnd));
  const comment = zip.toString('utf8', extraEnd, extraEnd + zip.readUInt16LE(at + 32));
  const name =
    flags & 0x800 ? rawName.toString('utf8') : (unicodeName(extra.get(0x7075)) ?? decodeZipName(rawName));
  if (flags & 1)
    throw badArchive(`${shown(name)} is locked with a zip password, which this program does not open.`);
  if (method !== 0 && method !== 8)
    throw badArchive(`${shown(name)} is packed by method ${method}, which this program does not know.`);
  const host = zip.readUInt8(at + 5);
  const attributes = zip.readUInt32LE(at + 38);
  const unixMode = host === 3 || host === 19 ? attributes >>> 16 : 0;
  const size = zip.readUInt32LE(at + 24);
  const type = typeOf(name, attributes, unixMode);
  const own = ours.exec(comment);
  const kind = own?.[2] ? 'symlink' : name.endsWith('/') ? 'folder' : 'file';
  if (own && kind !== type)
    throw damagedArchive(`The zip file is damaged: it gives two kinds for ${shown(name)}.`);
  return {
    name,
    type,
    mode: unixMode === 0 ? undefined : unixMode & 0o777,
    mtime: mtimeOf(zip, at, comment, extra.get(0x5455)),
    size: size === fullWord && extra.has(1) ? big(extra.get(1)!, 0) : size,
    crc32: zip.readUInt32LE(at + 16),
  };
}

function typeOf(name: string, attributes: number, unixMode: number): ZipRecord['type'] {
  switch (unixMode & 0o170000) {
    case 0o120000:
      return 'symlink';
    case 0o040000:
      return 'folder';
    case 0:
    case 0o100000:
      return name.endsWith('/') || attributes & 0x10 ? 'folder' : 'file';
    default:
      return 'other';
  }
}

function mtimeOf(zip: Buffer, at: number, comment: string, unixTimes: Buffer | undefined): number {
  const own = ours.exec(comment)?.[1];
  if (own !== undefined) return Date.parse(own);
  if (unixTimes && unixTimes.length >= 5 && unixTimes.readUInt8(0) & 1)
    return unixTimes.readInt32LE(1) * 1000;
  const time = zip.readUInt16LE(at + 12);
  const date = zip.readUInt16LE(at + 14);
  return new Date(
    (date >> 9) + 1980,
    ((date >> 5) & 15) - 1,
    date & 31,
    time >> 11,
    (time >> 5) & 63,
    (time & 31) * 2,
  ).getTime();
}

function extraFields(bytes: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readUInt16LE(at + 2);
    fields.set(bytes.readUInt16LE(at), bytes.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/** Info-ZIP's field: a version byte, the plain name's CRC, the name. */
function unicodeName(field: Buffer | undefined): string | undefined {
  return field && field.length > 5 && field.readUInt8(0) === 1 ? field.toString('utf8', 5) : undefined;
}

function big(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}
