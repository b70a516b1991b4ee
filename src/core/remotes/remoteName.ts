import { createHash } from 'node:crypto';
import { BackupError } from '../errors.ts';

/** Uploads in work: hidden, and without a date, because other tools find backups by the date in a name. */
const part = /^\.dbbackup-[0-9a-f]{32}\.part$/;

/** The same for every try to send this content as this name, so that a later one can go on. */
export function partNameOf(name: string, sha256: string): string {
  return `.dbbackup-${createHash('sha256').update(`${name}\0${sha256}`).digest('hex').slice(0, 32)}.part`;
}

export function isPartName(name: string): boolean {
  return part.test(name);
}

/** Whether a name can be a file's on both sides. What a server lists is a stranger's word: no paths, nothing hidden. */
export function isRemoteName(name: string, platform: NodeJS.Platform = process.platform): boolean {
  if (name === '' || name.startsWith('.') || Buffer.byteLength(name) > 255) return false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[/\\\u0000-\u001f\u007f]/.test(name)) return false;
  return platform !== 'win32' || !isWindowsSpecial(name);
}

/** @throws BackupError usage */
export function checkRemoteName(name: string): void {
  if (isRemoteName(name)) return;
  throw new BackupError(
    'usage',
    `${JSON.stringify(name)} cannot be the name of a backup on a remote.`,
    'Name a file without its folder; names with / or \\, hidden ones and those with control characters are refused.',
  );
}

/** Alternate streams (`a:b`), wildcards, devices (`CON`, `nul.txt`), and ends that Windows drops. */
function isWindowsSpecial(name: string): boolean {
  return /[<>:"|?*]|[. ]$/.test(name) || /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i.test(name);
}
