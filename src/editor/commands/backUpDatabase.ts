import { basename, extname } from 'node:path';
import * as vscode from 'vscode';
import type { Database, ProjectRequest } from '../../core/project/project.ts';
import { pickDatabases } from '../input/pickDatabase.ts';
import { pickSession } from '../input/pickSession.ts';
import type { Session } from '../session.ts';
import { type BackUpParts, backUp } from './backUp.ts';
import type { Editor, Handler } from './command.ts';
import { nodeOf, uriOf, urisOf } from './targets.ts';

/** *Back Up Database*: of the project, of the database under the pointer, or of SQLite files in the explorer. */
export function createBackUpDatabase(parts: BackUpParts & Pick<Editor, 'sessions'>): Handler {
  return async (first, all) => {
    const title = vscode.l10n.t('Back Up Database');
    const session = nodeOf(first)?.session ?? (await pickSession(parts.sessions, title, uriOf(first)));
    const { project, databases } = await databasesOf(first, all, session, title);
    return backUp(session, { project, what: 'database', ...(databases ? { databases } : {}) }, parts);
  };
}

interface What {
  project: ProjectRequest;
  databases: string[] | undefined;
}

async function databasesOf(first: unknown, all: unknown, session: Session, title: string): Promise<What> {
  const node = nodeOf(first);
  if (node?.type === 'group' && node.group.database !== undefined) {
    return { project: session.request, databases: [node.group.database] };
  }
  const project = await session.project();
  const files = urisOf(first, all).map(({ fsPath }) => fsPath);
  if (files.length === 0) {
    return { project: session.request, databases: await pickDatabases(project, title) };
  }
  const known = project.databases.filter(({ path }) => files.includes(path));
  if (known.length === files.length) {
    return { project: session.request, databases: known.map(({ alias }) => alias) };
  }
  const databases = named(files, known);
  const settings = { ...session.request.settings, databases };
  return {
    project: { ...session.request, settings },
    databases: databases.map(({ alias }) => alias),
  };
}

/** Files that the project does not name are backed up under their own names, each under another one. */
function named(files: readonly string[], known: readonly Database[]): Database[] {
  const aliases = new Set(known.map(({ alias }) => alias));
  return files.map((path) => {
    const found = known.find((database) => database.path === path);
    if (found) return found;
    const stem = basename(path, extname(path));
    let alias = stem;
    for (let count = 2; aliases.has(alias); count++) alias = `${stem}-${count}`;
    aliases.add(alias);
    return { alias, path };
  });
}
