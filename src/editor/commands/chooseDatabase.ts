import { basename, extname, relative, sep } from 'node:path';
import * as vscode from 'vscode';
import { readSettings, writeSetting } from '../configuration.ts';
import { pickFiles } from '../input/pick.ts';
import { pickSession } from '../input/pickSession.ts';
import type { Editor, Handler } from './command.ts';
import { sessionOf } from './targets.ts';

/** *Choose Database…*: names a SQLite file that was not found by itself, in the folder's settings. */
export function createChooseDatabase({ sessions }: Pick<Editor, 'sessions'>): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Choose Database');
    const session = sessionOf(first) ?? (await pickSession(sessions, title));
    const [uri] = await pickFiles({
      title,
      openLabel: vscode.l10n.t('Choose'),
      defaultUri: session.folder.uri,
      filters: {
        [vscode.l10n.t('SQLite databases')]: ['sqlite3', 'sqlite', 'db', 'db3'],
        [vscode.l10n.t('All files')]: ['*'],
      },
    });
    if (!uri) return undefined;
    const path = inside(session.folder.uri.fsPath, uri.fsPath);
    const others = (readSettings(session.folder).databases ?? []).filter(
      (database) => database.path !== path,
    );
    const alias = freeAlias(
      path,
      others.map((database) => database.alias),
    );
    await writeSetting(session.folder, 'databases', [...others, { alias, path }]);
    await session.refresh();
    return alias;
  };
}

/** Relative to the folder and with slashes, so that the setting holds on other machines; absolute outside of it. */
function inside(folder: string, path: string): string {
  const short = relative(folder, path);
  return short.startsWith('..') || short === path ? path : short.split(sep).join('/');
}

function freeAlias(path: string, taken: readonly string[]): string {
  const name = basename(path, extname(path));
  for (let number = 1; ; number++) {
    const alias = number === 1 ? name : `${name}${number}`;
    if (!taken.includes(alias)) return alias;
  }
}
