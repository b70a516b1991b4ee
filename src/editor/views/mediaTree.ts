import type { MediaMember } from '../../core/service.ts';

/** A folder of a media backup with all that is below it. */
export interface MediaFolder {
  /** Relative to the media root; empty for the root. */
  path: string;
  name: string;
  folders: MediaFolder[];
  /** Files and links that lie in this very folder. */
  members: MediaMember[];
  /** How many files and links are in it and below. */
  files: number;
  /** Bytes of the files in it and below. */
  bytes: number;
}

/** Arranges what an archive lists into folders, those that it does not list itself too; each sorted by name. */
export function arrangeMembers(members: readonly MediaMember[]): MediaFolder {
  const folders = new Map<string, MediaFolder>();
  const root = newFolder('');
  folders.set('', root);
  const folderAt = (path: string): MediaFolder => {
    const known = folders.get(path);
    if (known) return known;
    const folder = newFolder(path);
    folders.set(path, folder);
    folderAt(parentOf(path)).folders.push(folder);
    return folder;
  };
  for (const member of members) {
    if (member.type === 'folder') {
      folderAt(member.path);
      continue;
    }
    const folder = folderAt(parentOf(member.path));
    folder.members.push(member);
    for (let path = folder.path; ; path = parentOf(path)) {
      const above = folderAt(path);
      above.files++;
      above.bytes += member.type === 'file' ? member.size : 0;
      if (path === '') break;
    }
  }
  const collator = new Intl.Collator(undefined, { numeric: true });
  for (const folder of folders.values()) {
    folder.folders.sort((one, other) => collator.compare(one.name, other.name));
    folder.members.sort((one, other) => collator.compare(nameOf(one.path), nameOf(other.path)));
  }
  return root;
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function newFolder(path: string): MediaFolder {
  return { path, name: nameOf(path), folders: [], members: [], files: 0, bytes: 0 };
}
