import { BackupError } from '../../errors.ts';
import type { SqlValue } from '../engine.ts';

/** What a rule can put in the place of a value. */
export const maskKinds = [
  'email',
  'name',
  'text',
  'phone',
  'date',
  'number',
  'null',
  'unusable-password',
  'keep',
] as const;

export type MaskKind = (typeof maskKinds)[number];

/** Kinds whose replacement is made from the value: the same one for the same value. */
export type ReplacingKind = Exclude<MaskKind, 'null' | 'keep'>;

/** One kind, or a fixed value for every row. */
export type Mask = { kind: MaskKind } | { kind: 'fixed'; value: SqlValue };

export interface MaskRule {
  /** As written: `table.column`, `*.column` or `table.*`. */
  pattern: string;
  mask: Mask;
}

/**
 * Reads `dbbackup.mask`.
 * @throws BackupError bad-mask-rule where a rule cannot be understood or none is there
 */
export function parseMaskRules(setting: Record<string, unknown> | undefined): MaskRule[] {
  const rules = Object.entries(setting ?? {}).map(([pattern, what]) => ({
    pattern: requirePattern(pattern),
    mask: parseMask(pattern, what),
  }));
  if (rules.length > 0) return rules;
  throw new BackupError(
    'bad-mask-rule',
    'There is no rule for masking.',
    'Write some into dbbackup.mask, as "auth_user.email": "email", or let the editor suggest them (Suggest Mask Rules…).',
  );
}

function requirePattern(pattern: string): string {
  if (/^.+\..+$/s.test(pattern) && pattern !== '*.*') return pattern;
  throw new BackupError(
    'bad-mask-rule',
    `The mask rule "${pattern}" names no column.`,
    'Write table.column, *.column or table.*.',
  );
}

function parseMask(pattern: string, what: unknown): Mask {
  const kind = maskKinds.find((one) => one === what);
  if (kind) return { kind };
  const fixed = typeof what === 'object' && what !== null && Object.keys(what).join() === 'value';
  const value = fixed ? sqlValue((what as { value: unknown }).value) : undefined;
  if (value !== undefined) return { kind: 'fixed', value };
  throw new BackupError(
    'bad-mask-rule',
    `The mask rule "${pattern}" has an unknown kind: ${JSON.stringify(what)}.`,
    `There are ${maskKinds.join(', ')}, and { "value": … } for a fixed text or number.`,
  );
}

function sqlValue(value: unknown): SqlValue | undefined {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  return undefined;
}

/** How closely a rule's pattern names a column: 3 by both names, 2 by its own, 1 by its table's, 0 not at all. */
export function closeness(pattern: string, table: string, column: string): 0 | 1 | 2 | 3 {
  const wanted = pattern.toLowerCase();
  if (wanted === `${table}.${column}`.toLowerCase()) return 3;
  if (wanted === `*.${column}`.toLowerCase()) return 2;
  return wanted === `${table}.*`.toLowerCase() ? 1 : 0;
}
