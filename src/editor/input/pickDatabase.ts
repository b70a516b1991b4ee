import { relative } from 'node:path';
import * as vscode from 'vscode';
import type { Database, Project } from '../../core/project/project.ts';
import { pickOne } from './pick.ts';

/** The only database, or the one that the user picks. Undefined where there is none: the core says so best. */
export async function pickDatabase(
  { databases, root }: Project,
  title: string,
): Promise<Database | undefined> {
  if (databases.length < 2) return databases[0];
  return pickOne(
    title,
    vscode.l10n.t('Choose a database'),
    databases.map((database) => ({
      label: database.alias,
      description: relative(root, database.path),
      iconPath: new vscode.ThemeIcon('database'),
      value: database,
    })),
  );
}

/** The databases to back up: the only one, or one or all as the user picks. Undefined stands for all. */
export async function pickDatabases(
  { databases, root }: Project,
  title: string,
): Promise<string[] | undefined> {
  if (databases.length < 2) return undefined;
  const all = vscode.l10n.t('All databases');
  const chosen = await pickOne<string[]>(title, vscode.l10n.t('Choose a database'), [
    {
      label: all,
      iconPath: new vscode.ThemeIcon('layers'),
      value: databases.map(({ alias }) => alias),
    },
    ...databases.map(({ alias, path }) => ({
      label: alias,
      description: relative(root, path),
      iconPath: new vscode.ThemeIcon('database'),
      value: [alias],
    })),
  ]);
  return chosen;
}
