import { Readable } from 'node:stream';
import type JSZip from 'jszip';
import { BackupError, throwIfCancelled } from '../errors.ts';
import { type ArchiveFacts, type ArchiveLimits, defaultLimits, type MediaTask } from './archive.ts';
import { openMember } from './memberContent.ts';
import { type Member, mediaMembers } from './members.ts';
import type { WalkOptions } from './walk.ts';
import { dateComment } from './zipDirectory.ts';

/** What a zip's two bytes for it can count; jszip writes no zip64. */
const mostEntries = 65_535;
/** What a zip's four bytes for it can measure. */
const mostBytes = 2 ** 32 - 1;
/** For each member: two headers with the name twice each, a descriptor and a date comment. */
const bytesAround = (name: string) => 30 + 46 + 16 + 32 + 4 * (Buffer.byteLength(name) + 9);
/** What a zip can date: 1980 to 2107. */
const firstDate = Date.UTC(1980, 0, 1);
const lastDate = Date.UTC(2107, 11, 31);

export interface ZipOptions extends WalkOptions {
  limits?: Partial<ArchiveLimits>;
  /** Deflate the members (slow, and of little use for pictures); stored as they are where left out. */
  compress?: boolean;
}

/**
 * A media folder as a zip, streamed: one file is open at a time. Modes and links are kept; a member's date stands in
 * local time, as zip has it, and exactly in its comment.
 * @returns how many files and bytes of content went in
 * @throws BackupError over-limit for what a zip cannot hold, before the first byte; else as writeTar
 */
export async function* writeZip(root: string, options: ZipOptions): AsyncGenerator<Uint8Array, ArchiveFacts> {
  const members = await fittingMembers(root, options);
  const facts = { files: 0, bytes: 0 };
  const zip = await newZip();
  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
  };
  for (const member of members) addMember(zip, member, options, facts, fail);
  const compression = options.compress ? 'DEFLATE' : 'STORE';
  const source = zip.generateNodeStream({ streamFiles: true, platform: 'UNIX', compression });
  // jszip's own stream is of a kind that cannot be iterated.
  const output = new Readable({ highWaterMark: 1 << 18 }).wrap(source);
  const onAbort = () => output.destroy(new BackupError('cancelled', 'Cancelled. Nothing was changed.'));
  options.signal.addEventListener('abort', onAbort);
  try {
    for await (const chunk of output as AsyncIterable<Uint8Array>) {
      if (failure) throw failure;
      throwIfCancelled(options.signal);
      yield chunk;
    }
  } catch (error) {
    throw failure ?? error;
  } finally {
    options.signal.removeEventListener('abort', onAbort);
    output.destroy();
  }
  if (failure) throw failure;
  return facts;
}

async function fittingMembers(root: string, options: ZipOptions): Promise<Member[]> {
  const zipBytes = options.limits?.zipBytes ?? defaultLimits.zipBytes;
  const members: Member[] = [];
  let bytes = 22;
  for await (const member of mediaMembers(root, options)) {
    members.push(member);
    bytes += member.size + bytesAround(member.path);
    if (members.length > mostEntries) throw tooMuch(`more than ${mostEntries} files and folders`);
    if (bytes > mostBytes) throw tooMuch('more than 4 GB');
    if (bytes > zipBytes)
      throw tooMuch(`more than the ${Math.floor(zipBytes / 2 ** 20)} MB that can be restored from a zip`);
  }
  return members;
}

function addMember(
  zip: JSZip,
  member: Member,
  options: ZipOptions,
  facts: ArchiveFacts,
  fail: (error: unknown) => void,
): void {
  const { path, type, mode, mtime, linkTarget } = member;
  const about = {
    date: zipDate(mtime),
    comment: dateComment(mtime),
    unixPermissions: mode,
    createFolders: false,
    binary: true,
  };
  if (type === 'folder') zip.file(path, null, { ...about, dir: true });
  else if (type === 'symlink')
    zip.file(path, Buffer.from(linkTarget ?? ''), { ...about, compression: 'STORE' });
  else zip.file(path, lazily(contentOf(member, options, facts, fail)), about);
}

/** Opens nothing until jszip comes to it: streams of fs, given all at once, would open every file at once. */
function lazily(content: AsyncIterable<Uint8Array>): Readable {
  return Readable.from(content, { objectMode: false, highWaterMark: 1 });
}

/** Errors end the content early and are told aside: jszip goes on to wait for a stream that broke while it was paused. */
async function* contentOf(
  member: Member,
  options: MediaTask,
  facts: ArchiveFacts,
  fail: (error: unknown) => void,
): AsyncGenerator<Uint8Array> {
  try {
    const file = await openMember(member, options);
    if (!file) return;
    facts.files++;
    try {
      for await (const chunk of file.content) {
        facts.bytes += chunk.length;
        options.report?.({ phase: 'reading', done: facts.bytes, unit: 'bytes', item: member.path });
        yield chunk;
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    fail(error);
  }
}

/** jszip writes a date's parts in UTC; every other program reads them as local time. */
function zipDate(mtime: number): Date {
  const local = new Date(mtime);
  const shifted = mtime - local.getTimezoneOffset() * 60_000;
  return new Date(Math.min(Math.max(shifted, firstDate), lastDate));
}

async function newZip(): Promise<JSZip> {
  const { default: Zip } = await import('jszip');
  return new Zip();
}

function tooMuch(what: string): BackupError {
  return new BackupError(
    'over-limit',
    `A zip cannot hold this media folder: it has ${what}.`,
    'Use the tar format: --archive tar, or "dbbackup.archive": "tar".',
  );
}
