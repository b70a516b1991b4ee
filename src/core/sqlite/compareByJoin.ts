import type { Connection, SqlValue } from './engine.ts';
import { quoteName } from './names.ts';
import type { ComparedTable } from './pairTables.ts';

/** The name by which the other database is reached. */
const other = 'other';
/** Rows of one query: a few milliseconds, after which a cancellation is noticed. */
const rowsAtOnce = 20_000;

/** Whether the rows of a table can be told apart by one whole number on both sides, so that SQLite joins them quickly. */
export function joinsByNumber({ key, before, after }: ComparedTable): boolean {
  const [only] = key;
  const typeIn = ({ columns, types }: ComparedTable['before']) => types[columns.indexOf(only as string)];
  return key.length === 1 && [before, after].every((side) => typeIn(side)?.toUpperCase() === 'INTEGER');
}

/** Makes a private database of the same encoding readable beside another; false where that cannot be. */
export function putBeside(connection: Connection, path: string): boolean {
  return connection.attach(path, other);
}

/**
 * How many rows both sides have and how many of those differ, counted by SQLite: several times as fast as handing each
 * row over. `null` comes in between, as from `differences`. The other side was put beside by {@link putBeside}.
 */
export function* countByJoin(
  connection: Connection,
  table: ComparedTable,
): Generator<null, { common: number; changed: number }> {
  const key = quoteName(table.key[0] as string);
  const name = quoteName(table.name);
  const counts = { common: 0, changed: 0 };
  const query = `SELECT count(*), total(${differsIn(table)}) FROM main.${name} AS a JOIN ${other}.${name} AS b
    ON a.${key} = b.${key} WHERE a.${key} >= ? AND a.${key} <= ?`;
  for (const [first, last] of ranges(connection, name, key)) {
    const [[common, changed] = []] = connection.rows(query, first, last);
    counts.common += Number(common);
    counts.changed += Number(changed);
    yield null;
  }
  return counts;
}

function* ranges(connection: Connection, name: string, key: string): Generator<[SqlValue, SqlValue]> {
  const from = `SELECT min(k), max(k) FROM (SELECT ${key} AS k FROM main.${name}`;
  const rest = `ORDER BY ${key} LIMIT ${rowsAtOnce})`;
  let [range] = connection.rows(`${from} ${rest}`);
  while (range) {
    const [first = null, last = null] = range;
    if (first === null) return;
    yield [first, last];
    [range] = connection.rows(`${from} WHERE ${key} > ? ${rest}`, last);
  }
}

/** Whether two rows differ, to the bit and in the storage class: 1 is not 1.0 here, and 'a' not 'A', whatever the collation. */
function differsIn({ columns, key, before, after }: ComparedTable): string {
  const terms = columns
    .filter((column) => !key.includes(column))
    .map((column) => {
      const name = quoteName(column);
      const differs = `a.${name} COLLATE BINARY IS NOT b.${name}`;
      const mixed = [before, after].some(({ columns: all, types }) =>
        mixesNumbers(types[all.indexOf(column)]),
      );
      return mixed ? `${differs} OR typeof(a.${name}) <> typeof(b.${name})` : differs;
    });
  return terms.length > 0 ? terms.join(' OR ') : '0';
}

/** Only without a type, or as BLOB or ANY, does a column keep 1 and 1.0 apart (https://sqlite.org/datatype3.html#affinity). */
function mixesNumbers(type = ''): boolean {
  return type === '' || /BLOB|ANY/i.test(type);
}
