import { BackupError } from '../errors.ts';

/** How dumps of other engines begin, in their own words. */
const signs: [RegExp, string][] = [
  [/^PGDMP/, 'PostgreSQL (pg_dump, custom format)'],
  [/^-- PostgreSQL database (cluster )?dump/m, 'PostgreSQL'],
  [/^SET statement_timeout = /m, 'PostgreSQL'],
  [/^COPY \S+ \(.*\) FROM stdin;/m, 'PostgreSQL'],
  [/^-- (MySQL|MariaDB) dump/m, 'MySQL'],
  [/^\/\*!\d{5}\s+SET /m, 'MySQL'],
  [/\) ENGINE=\w+/, 'MySQL'],
  [/^\s*\[?\s*\{\s*"model":/, 'Django fixtures (JSON)'],
];

/** @throws BackupError foreign-engine where the first bytes are those of another engine's dump */
export function refuseForeignDump(head: Uint8Array): void {
  const text = Buffer.from(head).toString('latin1');
  const found = signs.find(([sign]) => sign.test(text));
  if (!found) return;
  throw new BackupError(
    'foreign-engine',
    `This is a dump of ${found[1]}, not of SQLite.`,
    'Restore it with the tools of that database.',
  );
}
