import { basename, extname } from 'node:path';
import * as vscode from 'vscode';
import type { ProjectRequest } from '../../core/project/project.ts';
import { pickDatabases } from '../input/pickDatabase.ts';
import { pickSession } from '../input/pickSession.ts';
import type { Session } from '../session.ts';
import { type BackUpParts, backUp } from './backUp.ts';
import type { Editor, Handler } from './command.ts';
import { nodeOf, uriOf } from './targets.ts';

/** *Back Up Database*: of the project, of the database under the pointer, or of a SQLite file in the explorer. */
export function createBackUpDatabase(parts: BackUpParts & Pick<Editor, 'sessions'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Back Up Database');
    const session = nodeOf(first)?.session ?? (await pickSession(parts.sessions, title, uriOf(first)));
    const { project, databases } = await databasesOf(first, session, title);
    return backUp(session, { project, what: 'database', ...(databases ? { databases } : {}) }, parts);
  };
}

interface What {
  project: ProjectRequest;
  databases: string[] | undefined;
}

async function databasesOf(first: unknown, session: Session, title: string): Promise<What> {
  const node = nodeOf(first);
  if (node?.type === 'group' && node.group.database !== undefined) {
    return { project: session.request, databases: [node.group.database] };
  }
  const project = await session.project();
  const file = uriOf(first)?.fsPath;
  if (file === undefined) {
    return { project: session.request, databases: await pickDatabases(project, title) };
  }
  const known = project.databases.find(({ path }) => path === file);
  if (known) return { project: session.request, databases: [known.alias] };
  // A file that the project does not name is backed up under its own name.
  const alias = basename(file, extname(file));
  const settings = { ...session.request.settings, databases: [{ alias, path: file }] };
  return { project: { ...session.request, settings }, databases: [alias] };
}
