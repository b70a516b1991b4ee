import type { Bytes } from '../task.ts';
import type { ArchiveKind } from './archive.ts';
import { PrefixWatch, withoutPrefix } from './prefix.ts';
import { type ReadOptions, readArchive } from './readArchive.ts';

export interface ListedMember {
  /** What readMember takes: the path as it stands in the archive, of a hard link that of the file it is a link to. */
  storedPath: string;
  /** As it would be restored, relative to the media root. */
  path: string;
  type: 'file' | 'folder' | 'symlink';
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970; undefined where the archive does not tell. */
  mtime: number | undefined;
  mode: number | undefined;
  linkTarget: string | undefined;
}

/**
 * What an archive holds, without unpacking anything to disk, and with every check of a restore.
 * @throws BackupError bad-archive, over-limit, damaged, cancelled
 */
export async function listArchive(
  source: Bytes,
  kind: ArchiveKind,
  options: ReadOptions,
): Promise<ListedMember[]> {
  const watch = new PrefixWatch();
  const members: ListedMember[] = [];
  const files = new Map<string, { storedPath: string; size: number }>();
  for await (const entry of readArchive(source, kind, options)) {
    watch.see(entry);
    if (entry.path === '') continue;
    const { path, mtime, mode, linkTarget } = entry;
    const linked = entry.type === 'hardlink' ? files.get(linkTarget!) : undefined;
    const { storedPath, size } = linked ?? { storedPath: path, size: entry.size };
    const type = entry.type === 'hardlink' ? 'file' : entry.type;
    if (type === 'file') files.set(path, { storedPath, size });
    members.push({
      storedPath,
      path,
      type,
      size,
      mtime,
      mode,
      linkTarget: type === 'symlink' ? linkTarget : undefined,
    });
  }
  if (kind !== 'tar' || !watch.found) return members;
  return members
    .map((member) => ({ ...member, path: withoutPrefix(member.path) }))
    .filter(({ path }) => path !== '');
}
