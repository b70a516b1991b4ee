import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { delimiter, isAbsolute, join, relative } from 'node:path';

/**
 * A program on PATH, as an absolute file outside the workspace: a folder somebody sent must not bring its own.
 * @param excluded folders from which no program is taken
 */
export async function findProgram(
  name: string,
  environment: NodeJS.ProcessEnv,
  excluded: readonly string[],
): Promise<string | undefined> {
  const forbidden = await foldersOfOthers(excluded, environment);
  const endings = process.platform === 'win32' ? ['.exe'] : [''];
  for (const folder of (environment.PATH ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    for (const ending of endings) {
      const path = join(folder, `${name}${ending}`);
      const real = await access(path, constants.X_OK).then(
        () => realpath(path),
        () => undefined,
      );
      if (real !== undefined && !forbidden.some((other) => isInside(real, other) || isInside(path, other)))
        return path;
    }
  }
  return undefined;
}

/** By every way that leads to them. Where all of the home folder is open, what lies in it is still the user's own. */
async function foldersOfOthers(folders: readonly string[], environment: NodeJS.ProcessEnv) {
  const home = environment.HOME ?? environment.USERPROFILE;
  const real = await Promise.all(folders.map((folder) => realpath(folder).catch(() => folder)));
  return [...folders, ...real].filter((folder) => home === undefined || !holds(folder, home));
}

function holds(folder: string, path: string): boolean {
  return path === folder || isInside(path, folder);
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && !way.startsWith('..') && !isAbsolute(way);
}
