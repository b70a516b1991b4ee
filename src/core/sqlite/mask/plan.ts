import { BackupError } from '../../errors.ts';
import type { Connection, SqlValue } from '../engine.ts';
import { quoteName } from '../names.ts';
import { type MaskColumn, type MaskSchema, readMaskSchema, type UniqueIndex } from './columns.ts';
import type { MaskGroup } from './replacer.ts';
import { closeness, type MaskRule, type ReplacingKind } from './rules.ts';

/** What is done to each column. */
export interface MaskPlan {
  /** Columns whose values are replaced, those that have to agree together. */
  groups: MaskGroup[];
  /** Columns that get one value in all rows. */
  fixed: { column: MaskColumn; value: SqlValue; kind: 'null' | 'fixed' }[];
}

interface Ruled {
  column: MaskColumn;
  rule: MaskRule;
}

/**
 * Finds the columns that rules mean; a closer rule goes before a wider one. Columns that refer to a replaced one, or are
 * referred to, are replaced along with it.
 * @throws BackupError mask-names-nothing, mask-breaks-constraint: before anything is written
 */
export function planMask(connection: Connection, rules: MaskRule[]): MaskPlan {
  const schema = readMaskSchema(connection);
  const ruled = new Map<MaskColumn, Ruled>();
  const named = new Set<MaskRule>();
  for (const column of schema.columns) {
    const fitting = rules
      .map((rule) => ({ rule, close: closeness(rule.pattern, column.table, column.name) }))
      .filter(({ close }) => close > 0);
    for (const { rule } of fitting) named.add(rule);
    const isReference = schema.references.some(({ child }) => child === column);
    // All of a table means its data, not what holds the tables together, and what can be of that kind.
    const closest = fitting
      .filter(({ rule, close }) => close > 1 || !(column.key || isReference || !suits(rule, column)))
      .sort((a, b) => b.close - a.close)[0];
    if (closest) ruled.set(column, { column, rule: closest.rule });
  }
  const unnamed = rules.filter((rule) => !named.has(rule));
  if (unnamed.length > 0) throw namesNothing(unnamed, schema);
  return checked(connection, schema, ruled);
}

/** By the declared type: a flag is no text, and a date is no number. */
function suits({ mask: { kind } }: MaskRule, { type }: MaskColumn): boolean {
  const isTime = /date|time/i.test(type);
  const isNumber = /int|real|floa|doub|dec|num/i.test(type);
  if (kind === 'null' || kind === 'keep' || kind === 'fixed') return true;
  if (kind === 'date') return isTime;
  if (kind === 'number') return isNumber;
  return !isTime && !isNumber && !/bool/i.test(type);
}

function checked(connection: Connection, schema: MaskSchema, ruled: Map<MaskColumn, Ruled>): MaskPlan {
  const plan: MaskPlan = { groups: [], fixed: [] };
  const seen = new Set<MaskColumn>();
  for (const { column, rule } of ruled.values()) {
    const { mask } = rule;
    if (mask.kind === 'keep') continue;
    if (mask.kind === 'null' || mask.kind === 'fixed') {
      const value = mask.kind === 'fixed' ? mask.value : null;
      requireFixed(column, value, rule);
      plan.fixed.push({ column, value, kind: mask.kind });
    } else if (!seen.has(column)) {
      plan.groups.push(groupOf(column, mask.kind, rule, schema, ruled, seen));
    }
  }
  for (const index of schema.uniques) requireDistinct(connection, index, plan.fixed);
  return plan;
}

/** A column, what it refers to, and what refers to it, as far as that goes. */
function groupOf(
  start: MaskColumn,
  kind: ReplacingKind,
  rule: MaskRule,
  { references }: MaskSchema,
  ruled: Map<MaskColumn, Ruled>,
  seen: Set<MaskColumn>,
): MaskGroup {
  const columns: MaskColumn[] = [];
  const open = [start];
  for (let column = open.pop(); column; column = open.pop()) {
    if (seen.has(column)) continue;
    const own = ruled.get(column)?.rule.mask.kind;
    // A reference may be cut; the rest of the group does without it.
    if (own === 'null' || own === 'fixed') continue;
    if (own !== undefined && own !== kind) throw disagree(start, column, rule, ruled.get(column)?.rule);
    if (column.rowNumber) throw isRowNumber(start, column, rule);
    seen.add(column);
    columns.push(column);
    for (const { child, parent } of references) {
      if (child === column) open.push(parent);
      if (parent === column) open.push(child);
    }
  }
  return { kind, columns };
}

function requireFixed(column: MaskColumn, value: SqlValue, rule: MaskRule): void {
  if (column.rowNumber) throw isRowNumber(column, column, rule);
  if (value !== null || !column.notNull) return;
  throw breaks(
    `The mask rule "${rule.pattern}" would leave ${nameOf(column)} empty, which is NOT NULL.`,
    `Give it another kind, or add "${nameOf(column)}": "keep".`,
  );
}

/** One value in all rows leaves it to the other columns of an index to differ. */
function requireDistinct(connection: Connection, index: UniqueIndex, fixed: MaskPlan['fixed']): void {
  if (!index.columns) return;
  const inIndex = fixed.filter(
    ({ column, value }) =>
      value !== null && column.table === index.table && index.columns?.includes(column.name),
  );
  const hasNull = fixed.some(
    ({ column, value }) =>
      value === null && column.table === index.table && index.columns?.includes(column.name),
  );
  const [first] = inIndex;
  if (!first || hasNull) return;
  const others = index.columns.filter((name) => !inIndex.some(({ column }) => column.name === name));
  const by = others.map((name) => quoteName(name));
  const where = by.length > 0 ? `WHERE ${by.map((name) => `${name} IS NOT NULL`).join(' AND ')}` : '';
  const group = by.length > 0 ? `GROUP BY ${by.join(', ')}` : '';
  const sql = `SELECT max(n) FROM (SELECT count(*) AS n FROM main.${quoteName(index.table)} ${where} ${group})`;
  const [[most] = []] = connection.rows(sql);
  if (Number(most) < 2) return;
  throw breaks(
    `One value for all of ${nameOf(first.column)} cannot be: no two rows may have the same ${index.columns.join(', ')}.`,
    'Give it another kind, which keeps values different, or "keep".',
  );
}

function nameOf({ table, name }: MaskColumn): string {
  return `${table}.${name}`;
}

function breaks(message: string, hint: string): BackupError {
  return new BackupError('mask-breaks-constraint', `${message} Nothing was changed.`, hint);
}

function isRowNumber(start: MaskColumn, column: MaskColumn, rule: MaskRule): BackupError {
  const via = start === column ? '' : `, to which ${nameOf(start)} is tied`;
  return breaks(
    `The mask rule "${rule.pattern}" would change ${nameOf(column)}, the number of its rows${via}.`,
    start === column ? 'Leave it out.' : `Leave it out, or use "null" where ${nameOf(start)} may be empty.`,
  );
}

function disagree(start: MaskColumn, column: MaskColumn, rule: MaskRule, other: MaskRule | undefined) {
  return breaks(
    `${nameOf(start)} and ${nameOf(column)} refer to one another, and the rules "${rule.pattern}" and "${other?.pattern}" mask them differently.`,
    'Give both the same kind.',
  );
}

function namesNothing(rules: MaskRule[], schema: MaskSchema): BackupError {
  const names = rules.map(({ pattern }) => `"${pattern}"`).join(', ');
  const tables = [...new Set(schema.columns.map(({ table }) => table))];
  const wanted = rules[0]?.pattern.split('.')[0]?.toLowerCase();
  const columns = schema.columns.filter(({ table }) => table.toLowerCase() === wanted);
  const known =
    columns.length > 0
      ? `${columns[0]?.table} has ${columns.map(({ name }) => name).join(', ')}.`
      : `There are the tables ${tables.slice(0, 40).join(', ')}${tables.length > 40 ? ', …' : ''}.`;
  return new BackupError(
    'mask-names-nothing',
    `${rules.length === 1 ? 'The mask rule' : 'The mask rules'} ${names} ${rules.length === 1 ? 'names' : 'name'} no column of this backup. Nothing was changed.`,
    `Correct dbbackup.mask. ${known}`,
  );
}
