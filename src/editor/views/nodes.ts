import type { BackupError } from '../../core/errors.ts';
import type { Backup } from '../../core/service.ts';
import type { Facts, Session } from '../session.ts';
import { type Group, groupBackups } from './groups.ts';

/** A row of the view *Backups*. Its id is the same as long as it stands for the same thing. */
export type BackupsNode = FolderNode | GroupNode | BackupNode | ProblemNode;

export interface FolderNode {
  type: 'folder';
  id: string;
  session: Session;
  facts: Facts;
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
  parent: GroupNode;
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
  return groupBackups(facts.backups, aliases).map((group) => ({
    type: 'group',
    id: `${folder}#${group.kind}:${group.database ?? ''}`,
    session,
    parent,
    group,
  }));
}

export function backupNodes(parent: GroupNode): BackupNode[] {
  const { session, group } = parent;
  return group.backups.map((backup) => ({
    type: 'backup',
    id: `${session.folder.uri.toString()}#${backup.path}`,
    session,
    parent,
    backup,
  }));
}
