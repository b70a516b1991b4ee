import { isSqlite } from '../databaseUrl.ts';
import type { Found } from '../finding.ts';
import type { Database } from '../project.ts';
import { type Dict, type Entry, type Location, textOf } from '../python/values.ts';
import { type FactReader, sourceOf } from './facts.ts';

const hint = 'Name the file in the setting dbbackup.databases.';

/** The SQLite databases of `DATABASES`, with the source of each. Those of other engines are named. */
export function databasesOf(reader: FactReader): Found<Found<Database>[]> | undefined {
  const binding = reader.known('DATABASES', hint);
  if (!binding) return undefined;
  if (binding.value.type !== 'dict') {
    reader.wrong('DATABASES', 'a dict', binding.at, hint);
    return undefined;
  }
  const { entries, rest } = binding.value;
  if (rest) reader.notKnown('DATABASES', rest, binding.at, hint);
  const databases = [...entries.values()].flatMap((entry) => databaseOf(reader, entry) ?? []);
  return { value: databases, source: sourceOf(binding) };
}

function databaseOf(reader: FactReader, { key, value, at }: Entry): Found<Database> | undefined {
  const alias = textOf(key);
  if (alias === undefined) return undefined;
  const what = `DATABASES["${alias}"]`;
  if (value.type === 'unknown') {
    reader.notKnown(what, value, at, hint);
    return undefined;
  }
  // An empty one is how dj-database-url says that nothing is set.
  if (value.type !== 'dict') {
    reader.wrong(what, 'a dict', at, hint);
    return undefined;
  }
  return isOfSqlite(reader, what, value, at) ? fileOf(reader, what, alias, value, at) : undefined;
}

function isOfSqlite(reader: FactReader, what: string, database: Dict, at: Location): boolean {
  const engine = database.entries.get('str:ENGINE')?.value ?? database.rest;
  if (engine?.type === 'unknown') {
    reader.notKnown(`${what}["ENGINE"]`, engine, at, hint);
    return false;
  }
  const name = textOf(engine);
  if (name && isSqlite(name)) return true;
  const message = name ? `${what} uses ${name}` : `${what} names no engine`;
  const place = reader.findings.place(at);
  reader.findings.warn('other-engine', `${message} (${place}); only SQLite databases are backed up.`);
  return false;
}

function fileOf(
  reader: FactReader,
  what: string,
  alias: string,
  database: Dict,
  at: Location,
): Found<Database> | undefined {
  const entry = database.entries.get('str:NAME');
  const name = entry?.value ?? database.rest;
  const label = `${what}["NAME"]`;
  if (!name || name.type === 'none') {
    reader.wrong(label, 'a path', at, hint);
    return undefined;
  }
  if (name.type === 'unknown') {
    reader.notKnown(label, name, entry?.at ?? at, hint);
    return undefined;
  }
  const text = textOf(name);
  const path = text === undefined ? undefined : filePath(text);
  if (path === 'memory') {
    const place = reader.findings.place(entry?.at ?? at);
    reader.findings.warn('memory-database', `${what} lives in memory only (${place}); it is left out.`);
    return undefined;
  }
  const origin = name.origin ?? database.origin;
  const value = path === undefined ? name : { type: 'str' as const, value: path, origin };
  const found = reader.path(label, { value, at: entry?.at ?? at }, hint);
  if (!found) return undefined;
  return { value: { alias, path: found.value }, source: found.source };
}

/** The path in what SQLite takes for a name: a plain one, or a `file:` URI (https://sqlite.org/uri.html). */
function filePath(name: string): string | undefined {
  if (name === ':memory:' || name === '') return 'memory';
  if (!/^file:/i.test(name)) return name;
  const [location = '', query = ''] = name.slice('file:'.length).replace(/#.*$/, '').split('?', 2);
  const path = decode(location.replace(/^\/\/(?:localhost)?(?=\/)/, ''));
  return path === '' || path === ':memory:' || /(?:^|&)mode=memory(?:&|$)/.test(query) ? 'memory' : path;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
