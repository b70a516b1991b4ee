import { type Header, type Pack, pack as tarPack } from 'tar-stream';
import { asError } from '../errors.ts';
import type { ArchiveFacts } from './archive.ts';
import { drained } from './flow.ts';
import { openMember } from './memberContent.ts';
import { type Member, mediaMembers } from './members.ts';
import { mtimeOf, resolveRoot, statsOf, type WalkOptions, walkTree } from './walk.ts';

/** The last second that tar-stream can put into a header, which it does by way of a signed 32 bit number. */
const lastHeaderSecond = 2 ** 31 - 1;
/** Whoever encrypts or compresses is called once per chunk: headers and small files travel together. */
const chunkBytes = 1 << 18;

/**
 * A media folder as a tar that every django-dbbackup's mediarestore takes: ustar headers, PAX where a name is not ASCII
 * or too long, names relative to the root without a prefix, uid and gid 0, times in whole seconds.
 * @returns how many files and bytes of content went in
 * @throws BackupError media-root-missing, media-root-refused, failed where a file cannot be read, cancelled
 */
export async function* writeTar(
  root: string,
  options: WalkOptions,
): AsyncGenerator<Uint8Array, ArchiveFacts> {
  const pack = tarPack({ highWaterMark: chunkBytes });
  let failure: unknown;
  // A pack that is destroyed with an error throws it at whoever has no listener.
  pack.on('error', () => undefined);
  const filling = fill(pack, root, options).catch((error: unknown) => {
    failure ??= error;
    pack.destroy(asError(error));
    return { files: 0, bytes: 0 };
  });
  try {
    // The published types leave out that a pack can be iterated.
    yield* inLargerChunks(pack as unknown as AsyncIterable<Uint8Array>);
  } catch (error) {
    failure ??= error;
  } finally {
    pack.destroy();
    await filling;
  }
  if (failure) throw failure;
  return await filling;
}

async function fill(pack: Pack, root: string, options: WalkOptions): Promise<ArchiveFacts> {
  const facts = { files: 0, bytes: 0 };
  const marker = await prefixMarker(root, options);
  if (marker) await addVoid(pack, marker);
  for await (const member of mediaMembers(root, options)) {
    if (pack.destroyed) break;
    if (member.type !== 'file') await addVoid(pack, member);
    else if (await addFile(pack, member, options, facts)) facts.files++;
    options.report?.({ phase: 'reading', done: facts.bytes, unit: 'bytes', item: member.path });
  }
  pack.finalize();
  return facts;
}

/**
 * A root that holds nothing but a folder `media` would look like a tar of old, whose members all carry that prefix.
 * The root itself as first member tells the two apart; mediarestore passes it over.
 */
async function prefixMarker(mediaRoot: string, options: WalkOptions): Promise<Member | undefined> {
  const { root, exclude } = await resolveRoot(mediaRoot, options.exclude);
  for await (const { path } of walkTree(root, { exclude, signal: options.signal })) {
    if (path !== 'media' && !path.startsWith('media/')) return undefined;
  }
  const stats = await statsOf(root);
  if (!stats) return undefined;
  return {
    path: '',
    type: 'folder',
    mode: Number(stats.mode),
    mtime: mtimeOf(stats),
    absolute: root,
    size: 0,
  };
}

async function addVoid(pack: Pack, member: Member): Promise<void> {
  await new Promise<void>((done, failed) => {
    pack.entry(headerOf(member, 0), (error) => (error ? failed(error) : done()));
  });
}

async function addFile(
  pack: Pack,
  member: Member,
  options: WalkOptions,
  facts: ArchiveFacts,
): Promise<boolean> {
  const file = openMember(member, options);
  if (!file) return false;
  try {
    const stored = new Promise<void>((done, failed) => {
      const entry = pack.entry(headerOf(member, file.size), (error) => (error ? failed(error) : done()));
      entry.on('error', failed);
      pump(file.content, entry, facts).catch(failed);
    });
    await stored;
    return true;
  } finally {
    file.close();
  }
}

async function pump(
  content: Iterable<Uint8Array>,
  entry: ReturnType<Pack['entry']>,
  facts: ArchiveFacts,
): Promise<void> {
  for (const chunk of content) {
    facts.bytes += chunk.length;
    if (!entry.write(chunk)) await drained(entry);
    if (entry.destroyed) return;
  }
  entry.end(null);
}

function headerOf(member: Member, size: number): Partial<Header> & Pick<Header, 'name'> {
  const { path, type, mode, linkTarget } = member;
  const second = Math.floor(member.mtime / 1000);
  // Second 0 is what django-dbbackup writes for an unknown time; the real one stands in a PAX record.
  const fits = second > 0 && second <= lastHeaderSecond;
  const name = type === 'folder' ? `${path === '' ? '.' : path}/` : path;
  const header: Partial<Header> & Pick<Header, 'name'> = {
    name,
    type: type === 'folder' ? 'directory' : type,
    mode,
    size,
    uid: 0,
    gid: 0,
  };
  header.mtime = new Date(fits ? second * 1000 : 0);
  if (linkTarget !== undefined) header.linkname = linkTarget;
  if (!fits) header.pax = { mtime: String(second) };
  // tar-stream gives a long link target that is not ASCII a broken header unless PAX is asked for.
  else if (needsPax(name) || needsPax(linkTarget ?? '')) header.pax = {};
  return header;
}

/** What tar-stream would cut apart or measure in characters: it splits a folder's name at its last slash, too. */
function needsPax(text: string): boolean {
  return Buffer.byteLength(text) !== text.length || text.length > 100;
}

async function* inLargerChunks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    held.push(chunk);
    size += chunk.length;
    if (size < chunkBytes) continue;
    yield held.length === 1 ? chunk : Buffer.concat(held);
    held = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(held);
}
