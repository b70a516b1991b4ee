/** What a database URL says, without its user and password. */
export interface DatabaseUrl {
  engine: string;
  name: string;
}

const engines: Record<string, string> = {
  sqlite: 'django.db.backends.sqlite3',
  spatialite: 'django.contrib.gis.db.backends.spatialite',
  postgres: 'django.db.backends.postgresql',
  postgresql: 'django.db.backends.postgresql',
  psql: 'django.db.backends.postgresql',
  pgsql: 'django.db.backends.postgresql',
  postgis: 'django.contrib.gis.db.backends.postgis',
  mysql: 'django.db.backends.mysql',
  mysql2: 'django.db.backends.mysql',
  mariadb: 'django.db.backends.mysql',
  oracle: 'django.db.backends.oracle',
  mssql: 'mssql',
};

/** Reads a URL as dj-database-url and django-environ do: `sqlite:///relative`, `sqlite:////absolute`, `sqlite://:memory:`. */
export function readDatabaseUrl(url: string): DatabaseUrl | undefined {
  const match = /^([a-z0-9+.-]+):(?:\/\/([^/?#]*))?([^?#]*)/i.exec(url.trim());
  if (!match) return undefined;
  const scheme = match[1]!.toLowerCase();
  const engine = Object.hasOwn(engines, scheme) ? engines[scheme]! : scheme;
  const host = match[2] ?? '';
  if (!isSqlite(engine)) return { engine, name: '' };
  if (host === ':memory:') return { engine, name: ':memory:' };
  const path = decode(match[3]!.slice(1));
  return { engine, name: path === '' ? ':memory:' : path };
}

/** Whether a Django database engine keeps its data in a SQLite file. */
export function isSqlite(engine: string): boolean {
  return /sqlite|spatialite/i.test(engine);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
