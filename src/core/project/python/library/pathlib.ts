import { homedir } from 'node:os';
import type { Machine } from '../machine.ts';
import { joinPaths } from '../operators.ts';
import { expandUser } from '../pathMethods.ts';
import { native, pathValue, pure, textOf, type Value, withOrigin } from '../values.ts';

/** `pathlib`; `path.py` and `unipath` have the same names for what settings need. */
export function createPathlib(machine: Machine): Value {
  const path = createPathClass(machine);
  return native('pathlib', undefined, { Path: path, PurePath: path, PosixPath: path, PurePosixPath: path });
}

export function createPathClass(machine: Machine): Value {
  const call = pure(({ positional }) => {
    const texts = positional.map(textOf);
    if (texts.includes(undefined)) return undefined;
    return withOrigin(pathValue(joinPaths('.', ...(texts as string[]))), ...positional);
  });
  const home = () => pathValue(expandUser('~', machine) || homedir());
  return native('Path', call, {
    cwd: native('cwd', () => pathValue(machine.cwd)),
    home: native('home', home),
  });
}
