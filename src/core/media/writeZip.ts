import { BackupError } from '../errors.ts';
import type { UnpackLimits } from '../files/unpackLimits.ts';
import { type ArchiveFacts, defaultLimits, type MediaTask } from './archive.ts';
import { openMember } from './memberContent.ts';
import { type Member, mediaMembers } from './members.ts';
import type { WalkOptions } from './walk.ts';
import { ownComment } from './zipDirectory.ts';
import { ZipStream } from './zipStream.ts';

/** What a zip's two bytes for it can count; jszip writes no zip64. */
const mostEntries = 65_535;
/** What a zip's four bytes for it can measure. */
const mostBytes = 2 ** 32 - 1;
/** For each member: two headers with the name twice each, a descriptor and a date comment. */
const bytesAround = (name: string) => 30 + 46 + 16 + 40 + 4 * (Buffer.byteLength(name) + 9);

export interface ZipOptions extends WalkOptions {
  limits?: Partial<UnpackLimits>;
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
  const zip = await ZipStream.create();
  for (const member of members) addMember(zip, member, options, facts);
  yield* zip.bytes(options.compress ? 'DEFLATE' : 'STORE', options.signal);
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

function addMember(zip: ZipStream, member: Member, options: ZipOptions, facts: ArchiveFacts): void {
  const { path, type, mode, mtime, linkTarget } = member;
  const about = { unixPermissions: mode };
  if (type === 'folder') zip.addFolder(path, mtime, about);
  else if (type === 'symlink')
    zip.add(path, Buffer.from(linkTarget!), mtime, {
      ...about,
      compression: 'STORE',
      comment: ownComment(mtime, 'link'),
    });
  else zip.add(path, contentOf(member, options, facts), mtime, about);
}

async function* contentOf(
  member: Member,
  options: MediaTask,
  facts: ArchiveFacts,
): AsyncGenerator<Uint8Array> {
  const file = openMember(member, options);
  if (!file) return;
  facts.files++;
  try {
    for (const chunk of file.content) {
      facts.bytes += chunk.length;
      options.report?.({ phase: 'reading', done: facts.bytes, unit: 'bytes', item: member.path });
      yield chunk;
    }
  } finally {
    file.close();
  }
}

function tooMuch(what: string): BackupError {
  return new BackupError(
    'over-limit',
    `A zip cannot hold this media folder: it has ${what}.`,
    'Use the tar format: --archive tar, or "dbbackup.archive": "tar".',
  );
}
