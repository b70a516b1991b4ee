import { BackupError } from '../../errors.ts';
import type { Source } from '../project.ts';
import { classAttribute } from '../python/attributes.ts';
import { type Drafts, FileReader } from '../python/files.ts';
import { findModule } from '../python/imports.ts';
import { Interpreter } from '../python/interpreter.ts';
import { Exhausted } from '../python/machine.ts';
import {
  type Binding,
  type Dict,
  type Location,
  newScope,
  setKey,
  str,
  textOf,
  type Unknown,
  unknown,
  type Value,
} from '../python/values.ts';
import { type DjangoStart, moduleInConfiguration } from './findSettings.ts';

/** What the settings module of a Django project says, as far as it can be read. */
export interface DjangoSettings {
  /** Django's working folder. */
  cwd: string;
  /** The settings file. */
  path: string;
  /** A variable of the environment that was given, whatever the settings make of it. */
  variable(name: string): string | undefined;
  /** A setting as it stands at the end; undefined where nothing that was read sets it. */
  get(name: string): Binding | undefined;
  /** The settings there are. */
  names(): string[];
  /** Why there may be settings that were not read, and what may change those that were. */
  doubts: Unknown[];
  /** True where names may be set that were not found. */
  incomplete: boolean;
}

/** The settings module's name, and where it is named. */
interface ModuleName {
  name: string;
  source: Source;
}

const moduleVariable = 'DJANGO_SETTINGS_MODULE';

/**
 * Follows `manage.py` to the settings module and reads that. Undefined where no settings module is named and there is no
 * `manage.py` to expect one from.
 * @throws BackupError settings-unreadable
 */
export async function readDjangoSettings(
  start: DjangoStart,
  root: string,
  environment: NodeJS.ProcessEnv,
  drafts?: Drafts,
): Promise<DjangoSettings | undefined> {
  const configured = await moduleInConfiguration(start.folder);
  const fallback: ModuleName | undefined = configured && {
    name: configured.name,
    source: { kind: 'file', path: configured.path, line: configured.line },
  };
  let wanted: ModuleName | undefined;
  // A variable left over from another project names a module that is not here; what manage.py says counts then.
  for (const variables of [environment, { ...environment, [moduleVariable]: undefined }]) {
    const machine = createMachine(start.folder, root, variables, drafts);
    const named = nameModule(machine, start) ?? fallback;
    wanted ??= named;
    const place = named && findModule(machine, named.name.split('.'));
    if (named && place && place !== 'missing' && place.file) {
      return run(machine, place.file, named.name, environment);
    }
  }
  if (!start.managePath) return undefined;
  throw noModule(start.managePath, wanted);
}

function createMachine(
  cwd: string,
  root: string,
  environment: NodeJS.ProcessEnv,
  drafts: Drafts | undefined,
): Interpreter {
  const environ: Dict = { type: 'dict', entries: new Map() };
  for (const [name, text] of Object.entries(environment)) {
    if (text === undefined) continue;
    const value: Value = { ...str(text), origin: { kind: 'environment', name } };
    setKey(environ, str(name), value, { path: '', line: 0 });
  }
  return new Interpreter({ files: new FileReader(root, drafts), cwd, environ });
}

function nameModule(machine: Interpreter, { managePath }: DjangoStart): ModuleName | undefined {
  if (managePath) runGuarded(machine, managePath, '__main__');
  const entry = machine.environ.entries.get(`str:${moduleVariable}`);
  const name = textOf(entry?.value);
  if (!entry || !name || entry.value.type === 'unknown') return undefined;
  return { name, source: entry.value.origin ?? { kind: 'file', ...entry.at } };
}

function run(
  machine: Interpreter,
  path: string,
  name: string,
  environment: NodeJS.ProcessEnv,
): DjangoSettings {
  machine.notes.length = 0;
  const scope = runGuarded(machine, path, name);
  const className = textOf(machine.environ.entries.get('str:DJANGO_CONFIGURATION')?.value);
  const chosen = className ? scope.bindings.get(className) : undefined;
  const get = (setting: string): Binding | undefined => {
    const own = chosen?.value.type === 'class' ? classAttribute(chosen.value, setting) : undefined;
    return own && chosen ? { value: own, at: chosen.at } : scope.bindings.get(setting);
  };
  const doubts = [...(scope.rest ? [scope.rest] : []), ...machine.notes];
  const variable = (wanted: string) => environment[wanted];
  const names = () => [
    ...scope.bindings.keys(),
    ...(chosen?.value.type === 'class' ? chosen.value.scope.bindings.keys() : []),
  ];
  return { cwd: machine.cwd, path, variable, get, names, doubts, incomplete: scope.rest !== undefined };
}

/** Settings that go on and on are left where they are; what was read until then stands, with a doubt. */
function runGuarded(machine: Interpreter, path: string, name: string) {
  try {
    return machine.load(path, name);
  } catch (error) {
    if (!(error instanceof Exhausted)) throw error;
    const scope = newScope();
    const at: Location = { path, line: 1 };
    scope.rest = unknown('there is too much code to follow', at);
    return scope;
  }
}

function noModule(managePath: string, wanted: ModuleName | undefined): BackupError {
  const where =
    wanted?.source.kind === 'file'
      ? `${wanted.source.path}, line ${wanted.source.line}`
      : wanted
        ? `the environment variable ${moduleVariable}`
        : managePath;
  const what = wanted
    ? `there is no settings module ${wanted.name}, which is named there`
    : `no settings module is named there`;
  return new BackupError(
    'settings-unreadable',
    `${where}: ${what}.`,
    `Set ${moduleVariable}, or name the database in the setting dbbackup.databases.`,
  );
}
