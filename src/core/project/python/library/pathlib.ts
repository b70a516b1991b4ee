import type { Machine } from '../machine.ts';
import { joinPaths } from '../operators.ts';
import { expandUser } from '../pathMethods.ts';
import { type Native, native, pathValue, pure, textOf, withOrigin } from '../values.ts';

/** `pathlib`; `path.py` and `unipath` have the same names for what settings need. */
export function createPathlib(machine: Machine): Native {
  const path = createPathClass(machine);
  return native('pathlib', undefined, { Path: path, PurePath: path, PosixPath: path, PurePosixPath: path });
}

export function createPathClass(machine: Machine): Native {
  const call = pure(({ positional }) => {
    const texts = positional.map(textOf);
    if (texts.includes(undefined)) return undefined;
    return withOrigin(pathValue(joinPaths('.', ...(texts as string[]))), ...positional);
  });
  const home = () => pathValue(expandUser('~', machine));
  return native('Path', call, {
    cwd: native('cwd', () => pathValue(machine.cwd)),
    home: native('home', home),
  });
}
