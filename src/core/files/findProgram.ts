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
  const endings = process.platform === 'win32' ? ['.exe'] : [''];
  for (const folder of (environment.PATH ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    for (const ending of endings) {
      const path = join(folder, `${name}${ending}`);
      const real = await access(path, constants.X_OK).then(
        () => realpath(path),
        () => undefined,
      );
      if (real !== undefined && !excluded.some((other) => isInside(real, other) || isInside(path, other)))
        return path;
    }
  }
  return undefined;
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && !way.startsWith('..') && !isAbsolute(way);
}
