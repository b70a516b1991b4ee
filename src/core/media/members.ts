import { readlink, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { BackupError } from '../errors.ts';
import { hasCode, systemCode } from '../files/fileProblem.ts';
import { shown } from './archive.ts';
import { linkStaysInside, safePath } from './safePath.ts';
import { isExcluded, mtimeOf, resolveRoot, type TreeNode, type WalkOptions, walkTree } from './walk.ts';

/** One file, folder or link as it goes into an archive. */
export interface Member {
  /** Relative to the media root; empty for the root itself. */
  path: string;
  type: 'file' | 'folder' | 'symlink';
  /** The whole st_mode, file type bits included. */
  mode: number;
  /** Milliseconds since 1970. */
  mtime: number;
  /** Where a file's content is read. */
  absolute: string;
  /** Bytes, as the walk saw it. */
  size: number;
  linkTarget?: string;
}

/**
 * What a backup of a media folder holds. Links that stay inside stay links, in a form that mediarestore can follow (it
 * looks the target up by name among the members and fails when it is not there); a link that leads out is stored as
 * what it leads to, as django-dbbackup does. Links to nothing, sockets, devices and pipes are left out with a warning.
 * @throws BackupError media-root-missing, media-root-refused
 */
export async function* mediaMembers(mediaRoot: string, options: WalkOptions): AsyncGenerator<Member> {
  const { root, exclude } = await resolveRoot(mediaRoot, options.exclude);
  if (exclude.length < options.exclude.length) {
    options.onWarning?.({
      code: 'backups-not-apart',
      message: `The folder of the backups is the media folder, or holds it: all that is in ${root} was stored, backups too.`,
      hint: 'Give the backups a folder of their own (dbbackup.folder).',
    });
  }
  yield* membersBelow(root, root, '', [root], { ...options, exclude });
}

/** `chain` holds the real folders that lead here, so that links that lead back up end. */
async function* membersBelow(
  root: string,
  folder: string,
  prefix: string,
  chain: readonly string[],
  options: WalkOptions,
): AsyncGenerator<Member> {
  for await (const node of walkTree(folder, options)) {
    const path = prefix + node.path;
    if (!isRestorable(path)) {
      leaveOut(options, path, 'no restore would accept its name');
    } else if (node.type === 'file' || node.type === 'folder') {
      yield memberOf(path, node.type, node);
    } else if (node.type === 'symlink') {
      yield* linkMembers(root, { ...node, path }, chain, options);
    } else {
      leaveOut(options, path, 'it is a socket, a pipe or a device');
    }
  }
}

async function* linkMembers(
  root: string,
  node: TreeNode,
  chain: readonly string[],
  options: WalkOptions,
): AsyncGenerator<Member> {
  const real = await realpath(node.absolute).catch((error: unknown) => {
    // A target with a name that no disk here can hold is not there either.
    if (hasCode(error, 'ENOENT', 'ELOOP', 'ENOTDIR', 'ENAMETOOLONG')) return undefined;
    throw unreadable(node.path, error);
  });
  if (real === undefined) return leaveOut(options, node.path, 'it is a link to nothing');
  if (isExcluded(real, options.exclude)) {
    return leaveOut(options, node.path, 'it is a link into a folder that is not backed up');
  }
  if (isExcluded(real, [root]) && chain.length === 1) {
    if (real === root) return leaveOut(options, node.path, 'it is a link to the media folder itself');
    const linkTarget = await innerTarget(root, node, real);
    yield { ...memberOf(node.path, 'symlink', node), size: 0, linkTarget };
    return;
  }
  yield* followedMembers(root, node, real, chain, options);
}

async function* followedMembers(
  root: string,
  node: TreeNode,
  real: string,
  chain: readonly string[],
  options: WalkOptions,
): AsyncGenerator<Member> {
  const stats = await stat(real, { bigint: true });
  const target = { path: node.path, absolute: real, stats };
  if (!stats.isFile() && !stats.isDirectory()) {
    return leaveOut(options, node.path, 'it is a link to a socket, a pipe or a device');
  }
  if (chain.some((folder) => isExcluded(folder, [real]))) {
    return leaveOut(options, node.path, 'it is a link to a folder above it');
  }
  options.onWarning?.({
    code: 'link-followed',
    message: `${shown(node.path)} is a link out of the media folder; what it leads to (${real}) was stored in its place.`,
  });
  yield memberOf(node.path, stats.isFile() ? 'file' : 'folder', target);
  if (stats.isDirectory()) yield* membersBelow(root, real, `${node.path}/`, [...chain, real], options);
}

/** The link's own text where its target is a member by that name, else the way to the real place. */
async function innerTarget(root: string, node: TreeNode, real: string): Promise<string> {
  const text = await readlink(node.absolute);
  const folder = dirname(node.absolute);
  const named = resolve(folder, text);
  const isMember = (await realpath(dirname(named))) === dirname(named) && isExcluded(named, [root]);
  if (isMember && linkStaysInside(node.path, text)) return text;
  return relative(dirname(join(root, node.path)), isMember ? named : real)
    .split(sep)
    .join('/');
}

function memberOf(path: string, type: Member['type'], node: Pick<TreeNode, 'absolute' | 'stats'>): Member {
  const { stats, absolute } = node;
  return {
    path,
    type,
    mode: Number(stats.mode),
    mtime: mtimeOf(stats),
    absolute,
    size: type === 'file' ? Number(stats.size) : 0,
  };
}

function isRestorable(path: string): boolean {
  try {
    return safePath(path) === path;
  } catch {
    return false;
  }
}

function leaveOut(options: WalkOptions, path: string, why: string): void {
  options.onWarning?.({ code: 'left-out', message: `${shown(path)} was left out: ${why}.` });
}

export function unreadable(path: string, cause: unknown): BackupError {
  return new BackupError(
    'failed',
    `${shown(path)} in the media folder cannot be read (${systemCode(cause) ?? String(cause)}).`,
    'Give yourself permission to read it, or move it out of the media folder, and back up again.',
    { cause },
  );
}
