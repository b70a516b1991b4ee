import { dirname, join, resolve } from 'node:path';
import { type DotenvDialect, readDotenv } from '../../dotenv.ts';
import type { Machine } from '../machine.ts';
import { bool, dict, type Native, native, pure, type Str, setKey, str, textOf, truthOf } from '../values.ts';

/** python-dotenv: `load_dotenv`, `find_dotenv`, `dotenv_values`; and `read_dotenv` of django-dotenv. */
export function createDotenv(machine: Machine): Native {
  const load = pure(({ positional: [given], named }, at) => {
    const path = textOf(given ?? named.get('dotenv_path')) || findUp(machine, dirname(at.path));
    const override = named.get('override');
    return bool(loadFile(machine, path, 'dotenv', override !== undefined && truthOf(override) === true));
  });
  return native('dotenv', undefined, {
    load_dotenv: native('load_dotenv', load),
    read_dotenv: native('read_dotenv', load),
    find_dotenv: native('find_dotenv', (_args, at) => str(findUp(machine, dirname(at.path)) ?? '')),
    dotenv_values: native(
      'dotenv_values',
      pure(({ positional: [given], named }, at) => {
        const path = textOf(given ?? named.get('dotenv_path')) || findUp(machine, dirname(at.path));
        return dict(path === undefined ? [] : entriesOf(machine, path, 'dotenv'), at);
      }),
    ),
  });
}

/** The nearest `.env` in a folder or above it. */
export function findUp(machine: Machine, start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (machine.files.isFile(join(folder, '.env'))) return join(folder, '.env');
    if (dirname(folder) === folder) return undefined;
  }
}

/** Sets what a file says in `os.environ`, where it is not set already; tells whether there was such a file. */
export function loadFile(
  machine: Machine,
  path: string | undefined,
  dialect: DotenvDialect,
  override: boolean,
): boolean {
  if (path === undefined) return false;
  const entries = entriesOf(machine, path, dialect);
  for (const [name, value] of entries) {
    if (override || !machine.environ.entries.has(`str:${name}`))
      setKey(machine.environ, str(name), value, { path, line: 1 });
  }
  return entries.length > 0;
}

function entriesOf(machine: Machine, given: string, dialect: DotenvDialect): [string, Str][] {
  const path = resolve(machine.cwd, given);
  const text = machine.files.text(path);
  if (text === undefined) return [];
  return [...readDotenv(text, dialect)].map(([name, { value, line }]) => [
    name,
    { ...str(value), origin: { kind: 'file', path, line } },
  ]);
}
