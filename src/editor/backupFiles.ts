import { basename } from 'node:path';
import type { Backup } from '../core/service.ts';

/** What a file's name says that it holds: an archive is of media files, all else of a database. */
export function kindOfFile(path: string): Backup['kind'] {
  return /\.(tgz|(tar|zip)(\.(gz|gpg|pgp|asc))*)$/i.test(basename(path)) ? 'media' : 'database';
}
