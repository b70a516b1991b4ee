import type { Backup, RemoteCopy } from '../../core/service.ts';
import type { Listing } from '../remoteListings.ts';
import type { NamedRemote } from '../remotes.ts';
import type { Session } from '../session.ts';

/** A row of the view *Remotes*. */
export type RemotesNode = RemoteNode | CopyNode;

export interface RemoteNode {
  type: 'remote';
  id: string;
  session: Session;
  remote: NamedRemote;
  listing: Listing;
  rows: CopyRow[];
  /** The folder whose remote it is, where several are open. */
  folder: string | undefined;
}

/** A backup there, here, or both. */
export interface CopyNode {
  type: 'copy';
  id: string;
  session: Session;
  parent: RemoteNode;
  copy: CopyRow;
}

/** `differs`: both sides have a file of this name, of different sizes. */
export type Where = 'both' | 'there' | 'here' | 'differs';

export interface CopyRow extends Omit<RemoteCopy, 'local'> {
  where: Where;
  /** Of the backup here, where there is one. */
  path: string | undefined;
}

export function remoteNode(
  session: Session,
  remote: NamedRemote,
  listing: Listing,
  backups: readonly Backup[],
  folder: string | undefined,
): RemoteNode {
  const id = `${session.folder.uri.toString()}#remote:${remote.name}`;
  const rows = listing.state === 'listed' ? compareCopies(backups, listing.copies) : [];
  return { type: 'remote', id, session, remote, listing, rows, folder };
}

export function copyNodes(parent: RemoteNode): CopyNode[] {
  const { id, session, rows } = parent;
  return rows.map((copy) => ({ type: 'copy', id: `${id}#${copy.file}`, session, parent, copy }));
}

/** What lies here and there by name, newest first. */
export function compareCopies(backups: readonly Backup[], copies: readonly RemoteCopy[]): CopyRow[] {
  const here = new Map(backups.map((backup) => [backup.file, backup]));
  const there = new Set(copies.map(({ file }) => file));
  const rows: CopyRow[] = copies.map(({ local: _, ...copy }) => {
    const backup = here.get(copy.file);
    const where = backup === undefined ? 'there' : backup.bytes === copy.bytes ? 'both' : 'differs';
    return { ...copy, where, path: backup?.path };
  });
  for (const { file, path, kind, database, encrypted, bytes, date } of backups) {
    if (!there.has(file)) rows.push({ file, path, kind, database, encrypted, bytes, date, where: 'here' });
  }
  return rows.sort((a, b) => b.date.localeCompare(a.date) || b.file.localeCompare(a.file));
}

/** The newest database backup on a remote, of one database where it is named. */
export function newestThere(rows: readonly CopyRow[], database?: string): CopyRow | undefined {
  return rows.find(
    (row) =>
      row.kind === 'database' &&
      row.where !== 'here' &&
      (database === undefined || row.database === undefined || row.database === database),
  );
}
