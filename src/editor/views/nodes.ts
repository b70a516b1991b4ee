import type { RestorePoint } from '../../core/backups/findPoints.ts';
import type { BackupError } from '../../core/errors.ts';
import type { TableInfo } from '../../core/look.ts';
import type { Backup, MediaMember } from '../../core/service.ts';
import type { Facts, Session } from '../session.ts';
import type { Group } from './groups.ts';
import type { MediaFolder } from './mediaTree.ts';
import { arrangeBackups, partsOf } from './points.ts';

/** A row of the view *Backups*. Its id is the same as long as it stands for the same thing. */
export type BackupsNode =
  | FolderNode
  | PointsNode
  | PointNode
  | GroupNode
  | BackupNode
  | TableNode
  | MediaFolderNode
  | MediaFileNode
  | NoteNode
  | ProblemNode;

export interface FolderNode {
  type: 'folder';
  id: string;
  session: Session;
  facts: Facts;
}

/** Stands above the restore points. */
export interface PointsNode {
  type: 'points';
  id: string;
  session: Session;
  parent: FolderNode | undefined;
  points: RestorePoint[];
}

/** Databases and media of one moment; opens into its parts. */
export interface PointNode {
  type: 'point';
  id: string;
  session: Session;
  parent: PointsNode;
  point: RestorePoint;
}

export interface GroupNode {
  type: 'group';
  id: string;
  session: Session;
  parent: FolderNode | undefined;
  group: Group;
}

export interface BackupNode {
  type: 'backup';
  id: string;
  session: Session;
  parent: GroupNode | PointNode;
  backup: Backup;
}

/** A table inside of a database backup. */
export interface TableNode {
  type: 'table';
  id: string;
  session: Session;
  parent: BackupNode;
  table: TableInfo;
}

/** A folder inside of a media backup. */
export interface MediaFolderNode {
  type: 'media-folder';
  id: string;
  session: Session;
  parent: BackupNode | MediaFolderNode;
  backup: Backup;
  folder: MediaFolder;
}

/** A file or a link inside of a media backup. */
export interface MediaFileNode {
  type: 'media-file';
  id: string;
  session: Session;
  parent: BackupNode | MediaFolderNode;
  backup: Backup;
  file: MediaMember;
}

/** Stands in a backup that holds nothing, or could not be opened. */
export interface NoteNode {
  type: 'note';
  id: string;
  session: Session;
  parent: BackupNode;
  failure: BackupError | undefined;
}

/** Stands in a folder's place where its facts cannot be read. */
export interface ProblemNode {
  type: 'problem';
  id: string;
  session: Session;
  parent: FolderNode | undefined;
  failure: BackupError;
}

export function folderNode(session: Session, facts: Facts): FolderNode {
  return { type: 'folder', id: session.folder.uri.toString(), session, facts };
}

/** What stands below a folder, or at the root where there is only one folder. Nothing while there is no backup. */
export function nodesOf(session: Session, facts: Facts, parent: FolderNode | undefined): BackupsNode[] {
  const folder = session.folder.uri.toString();
  if (facts.failure) {
    return [{ type: 'problem', id: `${folder}#problem`, session, parent, failure: facts.failure }];
  }
  if (facts.backups.length === 0) return [];
  const aliases = facts.project.databases.map(({ alias }) => alias);
  const { points, groups } = arrangeBackups(facts.backups, aliases);
  const pointsNode: PointsNode = { type: 'points', id: `${folder}#points`, session, parent, points };
  const groupNodes = groups.map((group) => ({
    type: 'group' as const,
    id: `${folder}#${group.kind}:${group.database ?? ''}`,
    session,
    parent,
    group,
  }));
  return points.length > 0 ? [pointsNode, ...groupNodes] : groupNodes;
}

export function pointNodes(parent: PointsNode): PointNode[] {
  const { session, points } = parent;
  return points.map((point) => ({
    type: 'point',
    id: `${session.folder.uri.toString()}#point:${point.media.path}`,
    session,
    parent,
    point,
  }));
}

export function backupNodes(parent: GroupNode | PointNode): BackupNode[] {
  const { session } = parent;
  const backups = parent.type === 'point' ? partsOf(parent.point) : parent.group.backups;
  return backups.map((backup) => ({
    type: 'backup',
    id: `${session.folder.uri.toString()}#${backup.path}`,
    session,
    parent,
    backup,
  }));
}

export function tableNodes(parent: BackupNode, tables: TableInfo[]): BackupsNode[] {
  if (tables.length === 0) return [noteNode(parent, undefined)];
  const { session } = parent;
  return tables.map((table) => ({
    type: 'table',
    id: `${parent.id}#${table.name}`,
    session,
    parent,
    table,
  }));
}

/** What lies in a folder of a media backup, folders first. */
export function mediaNodes(parent: BackupNode | MediaFolderNode, folder: MediaFolder): BackupsNode[] {
  const { session, backup } = parent;
  const id = (path: string) => `${session.folder.uri.toString()}#${backup.path}#${path}`;
  const common = { session, parent, backup };
  const nodes: BackupsNode[] = [
    ...folder.folders.map((one) => ({
      ...common,
      type: 'media-folder' as const,
      id: id(`${one.path}/`),
      folder: one,
    })),
    ...folder.members.map((file) => ({ ...common, type: 'media-file' as const, id: id(file.path), file })),
  ];
  return nodes.length > 0 || parent.type !== 'backup' ? nodes : [noteNode(parent, undefined)];
}

export function noteNode(parent: BackupNode, failure: BackupError | undefined): NoteNode {
  return { type: 'note', id: `${parent.id}#note`, session: parent.session, parent, failure };
}

/** Relative to the media root. */
export function pathOf(node: MediaFolderNode | MediaFileNode): string {
  return node.type === 'media-file' ? node.file.path : node.folder.path;
}
