import type { RestorePoint } from '../../core/backups/findPoints.ts';
import type { BackupError } from '../../core/errors.ts';
import type { Backup } from '../../core/service.ts';
import type { Facts, Session } from '../session.ts';
import type { Group } from './groups.ts';
import { arrangeBackups, partsOf } from './points.ts';

/** A row of the view *Backups*. Its id is the same as long as it stands for the same thing. */
export type BackupsNode = FolderNode | PointsNode | PointNode | GroupNode | BackupNode | ProblemNode;

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
