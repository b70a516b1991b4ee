import { type DatabaseUrl, readDatabaseUrl } from '../../databaseUrl.ts';
import type { Machine } from '../machine.ts';
import {
  dict,
  type Location,
  type Native,
  native,
  none,
  str,
  textOf,
  type Value,
  withOrigin,
} from '../values.ts';

/** dj-database-url: `config(default=…)`, `parse(url)`. */
export function createDatabaseUrl(machine: Machine): Native {
  return native('dj_database_url', undefined, {
    parse: native('parse', ({ positional, named }, at) => parse(positional[0] ?? named.get('url'), at)),
    config: native('config', ({ positional, named }, at) => {
      const name = textOf(positional[0] ?? named.get('env')) ?? 'DATABASE_URL';
      const fallback = positional[1] ?? named.get('default') ?? none();
      const url = machine.environ.entries.get(`str:${name}`)?.value ?? fallback;
      const empty = url.type === 'none' || (url.type === 'str' && url.value === '');
      return empty ? dict([], at) : parse(url, at);
    }),
  });
}

/** The dict that stands in `DATABASES`; user and password are left out of it. */
export function parse(url: Value | undefined, at: Location): Value | undefined {
  if (!url || url.type === 'unknown') return url;
  const read = url.type === 'str' ? readDatabaseUrl(url.value) : undefined;
  return read && withOrigin(databaseDict(read, at), url);
}

function databaseDict({ engine, name }: DatabaseUrl, at: Location): Value {
  return dict(
    [
      ['ENGINE', str(engine)],
      ['NAME', str(name)],
    ],
    at,
  );
}
