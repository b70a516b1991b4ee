import { BackupError } from '../errors.ts';
import type { UnpackLimits } from '../files/unpackLimits.ts';
import type { Bytes, Progress, Warning } from '../task.ts';

export type ArchiveKind = 'tar' | 'zip';

/** What every piece of media work shares with its caller. */
export interface MediaTask {
  signal: AbortSignal;
  report?: ((progress: Progress) => void) | undefined;
  onWarning?: ((warning: Warning) => void) | undefined;
}

/** One member as it stands in an archive. */
export interface ArchiveEntry {
  /** As written there, unchecked. */
  name: string;
  type: 'file' | 'folder' | 'symlink' | 'hardlink' | 'other';
  /** Permission bits, 0 to 0o777; undefined where the archive does not tell. */
  mode: number | undefined;
  /** Milliseconds since 1970; undefined where the archive does not tell. */
  mtime: number | undefined;
  /** Bytes of the content, unpacked. */
  size: number;
  linkTarget: string | undefined;
  /** To be read before the next entry is asked for. */
  content: Bytes;
}

/** A member whose name was found safe. */
export interface CheckedEntry extends ArchiveEntry {
  type: 'file' | 'folder' | 'symlink' | 'hardlink';
  /** Relative to the archive's root, parts parted by `/`, no `.` or `..`; empty for the root itself. */
  path: string;
}

/** How much an archive may unpack to, where nothing else is said. */
export const defaultLimits: UnpackLimits = {
  entries: 2_000_000,
  bytes: 2 ** 42,
  ratio: 300,
  zipBytes: 512 * 2 ** 20,
};

/** What went into an archive. */
export interface ArchiveFacts {
  files: number;
  /** Bytes of the files' content. */
  bytes: number;
}

export function badArchive(message: string, cause?: unknown): BackupError {
  return new BackupError(
    'bad-archive',
    message,
    'Nothing was unpacked. Use a backup from a source you trust, or have a new one made.',
    { cause },
  );
}

export function damagedArchive(message: string, cause?: unknown): BackupError {
  return new BackupError('damaged', message, 'Nothing was changed. Use another copy of this backup.', {
    cause,
  });
}

/** A name as it can stand in a message: quoted, control characters escaped, cut after 200 characters. */
export function shown(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
