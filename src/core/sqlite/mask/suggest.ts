import type { Connection } from '../engine.ts';
import { quoteName } from '../names.ts';
import { type MaskColumn, readMaskSchema } from './columns.ts';
import { type Guess, guessByName, guessByValues, knownToDjango } from './personal.ts';
import { closeness } from './rules.ts';

/** A rule that somebody may want. */
export interface SuggestedRule {
  /** As in `dbbackup.mask`. */
  pattern: string;
  mask: string | { value: string };
  /** A table of Django's, the columns' name, or what stands in them. */
  why: 'django' | 'name' | 'values';
  /** False where it may as well be about nobody. */
  sure: boolean;
  /** What it means here. */
  columns: { table: string; column: string }[];
}

interface Guessed extends Guess {
  column: MaskColumn;
  why: SuggestedRule['why'];
}

/** Values looked at in a column whose name says nothing. */
const sampled = 200;

/**
 * Rules for what looks like personal data: by Django's tables, by names, and by what stands in the columns.
 * @param known patterns of rules that are there; what they name needs no other
 */
export function suggestMaskRules(connection: Connection, known: string[] = []): SuggestedRule[] {
  const { columns, references } = readMaskSchema(connection);
  const isReference = (column: MaskColumn) => references.some(({ child }) => child === column);
  const guesses = columns
    .filter((column) => !column.rowNumber && !isReference(column))
    .flatMap((column) => guess(connection, column) ?? []);
  const rules: SuggestedRule[] = [];
  const done = new Set<Guessed>();
  for (const one of guesses) {
    if (done.has(one)) continue;
    const name = one.column.name.toLowerCase();
    const namesakes = columns.filter((column) => column.name.toLowerCase() === name);
    const same = guesses.filter((other) => isAlike(one, other));
    const all = same.length > 1 && same.length === namesakes.length ? same : [one];
    for (const each of all) done.add(each);
    const pattern = all.length > 1 ? `*.${one.column.name}` : nameOf(one.column);
    const named = all.map(({ column: { table, name: column } }) => ({ table, column }));
    if (named.every(({ table, column }) => known.some((rule) => closeness(rule, table, column) > 0)))
      continue;
    rules.push({ pattern, mask: one.mask, why: one.why, sure: one.sure, columns: named });
  }
  return rules;
}

/** Django's tables keep rules of their own: they are known one by one. */
function isAlike(one: Guessed, other: Guessed): boolean {
  if (one.why !== 'name' || other.why !== 'name') return one === other;
  const sameName = one.column.name.toLowerCase() === other.column.name.toLowerCase();
  return sameName && JSON.stringify(one.mask) === JSON.stringify(other.mask);
}

function guess(connection: Connection, column: MaskColumn): Guessed | undefined {
  const { table, name, type } = column;
  const known = knownToDjango(table, name);
  if (known) return fitting({ ...known, column, why: 'django' });
  // What Django's own tables hold besides is no person's.
  if (/^(?:django_|auth_(?:group|permission))/i.test(table)) return undefined;
  const named = guessByName(table, name, type);
  if (named) return fitting({ ...named, column, why: 'name' });
  const seen = guessByValues(valuesOf(connection, column));
  return seen ? fitting({ ...seen, column, why: 'values' }) : undefined;
}

/** One value for all is nothing for a column whose values have to differ. */
function fitting(guessed: Guessed): Guessed {
  return typeof guessed.mask === 'object' && guessed.column.unique ? { ...guessed, mask: 'text' } : guessed;
}

function valuesOf(connection: Connection, { table, name }: MaskColumn): string[] {
  const column = quoteName(name);
  const sql = `SELECT ${column} FROM main.${quoteName(table)} WHERE typeof(${column}) = 'text' AND ${column} <> '' LIMIT ${sampled}`;
  return [...connection.rows(sql)].map(([value]) => String(value));
}

function nameOf({ table, name }: MaskColumn): string {
  return `${table}.${name}`;
}
