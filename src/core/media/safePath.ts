import { badArchive, shown } from './archive.ts';

/** Longest part of a name in bytes, on every file system in common use. */
const partBytes = 255;
/** PATH_MAX of Linux, less room for the folder it is unpacked in. */
const pathBytes = 3072;
const reservedOnWindows = /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i;

/**
 * The path a member's name stands for, relative to the root, without `.` parts; empty for the root itself.
 * A name that would leave the root on any system is refused on every one, because backups travel.
 * @throws BackupError bad-archive for `..`, absolute paths, drive letters, backslashes that climb, NUL
 */
export function safePath(name: string, platform: NodeJS.Platform = process.platform): string {
  if (name.includes('\0')) throw unsafe(name, 'holds a NUL character');
  if (/^[/\\]/.test(name)) throw unsafe(name, 'is absolute');
  const drive = platform === 'win32' ? /^[A-Za-z]:/ : /^[A-Za-z]:[/\\]/;
  if (drive.test(name)) throw unsafe(name, 'names a drive');
  if (name.split(/[/\\]/).includes('..')) throw unsafe(name, 'leaves the folder');
  if (platform === 'win32' && name.includes('\\')) throw unsafe(name, 'holds a backslash');
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/** Why this system cannot hold a file of that path, or undefined where it can. */
export function unstorable(path: string, platform: NodeJS.Platform = process.platform): string | undefined {
  if (Buffer.byteLength(path) > pathBytes) return 'its path is too long';
  for (const part of path.split('/')) {
    if (Buffer.byteLength(part) > partBytes) return 'a part of its name is longer than 255 bytes';
    if (platform !== 'win32') continue;
    if (reservedOnWindows.test(part)) return `Windows keeps the name ${part} for a device`;
    if (/[<>:"|?*]/.test(part) || hasControl(part)) return 'Windows does not allow a character of its name';
    if (/[. ]$/.test(part)) return 'Windows does not allow a name that ends in a dot or a blank';
  }
  return undefined;
}

/**
 * Whether a symbolic link stays inside the root. `..` counts only at its start: further on, it could climb
 * out of a folder that another link leads to (`a/link/..`), which no look at the text can tell.
 */
export function linkStaysInside(path: string, target: string): boolean {
  if (target === '' || target.includes('\0') || /^[/\\]|^[A-Za-z]:/.test(target)) return false;
  const parts = target.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
  const climbs = parts.findIndex((part) => part !== '..');
  const up = climbs === -1 ? parts.length : climbs;
  return up < path.split('/').length && !parts.slice(up).includes('..');
}

/** The folders above a path, the outermost first. */
export function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

function unsafe(name: string, why: string) {
  return badArchive(`The archive holds a name that ${why}: ${shown(name)}.`);
}

function hasControl(text: string): boolean {
  return [...text].some((character) => character < ' ');
}
