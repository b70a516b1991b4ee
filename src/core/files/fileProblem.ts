import { BackupError } from '../errors.ts';

/** The error's system code (`ENOSPC`), where it has one. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether the system gave one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  const code = systemCode(error);
  return code !== undefined && codes.includes(code);
}

/** Turns what the system says of a path into an error for people; what is one already passes through. */
export function fileProblem(error: unknown, path: string): unknown {
  switch (systemCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new BackupError(
        'disk-full',
        `No room left on the disk of ${path}.`,
        'Free some space and try again.',
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new BackupError(
        'folder-not-writable',
        `No permission for ${path}.`,
        'Change its permissions, or choose another folder.',
      );
    case 'ENOENT':
      return new BackupError('no-such-file', `${path} does not exist.`, 'Check the path.');
    case 'ENOTDIR':
      return new BackupError(
        'no-such-file',
        `${path} is not a folder, or lies below a file.`,
        'Check the path.',
      );
    case 'EIO':
      return new BackupError(
        'failed',
        `The disk of ${path} fails (EIO).`,
        'Check the disk, and bring its backups to another.',
      );
    case 'EMFILE':
    case 'ENFILE':
      return new BackupError(
        'failed',
        `Too many files are open for ${path}.`,
        'Close other programs, or raise the limit (ulimit -n), and try again.',
      );
    case 'EISDIR':
      return new BackupError('no-such-file', `${path} is a folder, not a file.`, 'Name a file.');
    default:
      return error;
  }
}
