import type { HealthProblem } from '../../core/service.ts';

/** `grave`: backups are not being made or do not come back. `warning`: they are less safe than was meant. */
export type Gravity = 'grave' | 'warning' | 'note';

const grave = new Set([
  'backup-overdue',
  'schedule-invalid',
  'schedule-failed',
  'schedule-interrupted',
  'drill-failed',
  // The next backup finds nobody to encrypt to.
  'unknown-recipient',
  'ambiguous-recipient',
  'expired-recipient',
  'revoked-recipient',
  'sign-only-recipient',
]);
const warning = new Set([
  'no-backup',
  'not-copied',
  'no-remote',
  'never-proved',
  'drill-overdue',
  'disk-low',
  'key-expires',
  'timer-stale',
  'not-encrypted',
]);

export function gravityOf({ code }: Pick<HealthProblem, 'code'>): Gravity {
  if (grave.has(code)) return 'grave';
  return warning.has(code) ? 'warning' : 'note';
}

export function gravest(problems: readonly Pick<HealthProblem, 'code'>[]): Gravity | undefined {
  const all = new Set(problems.map(gravityOf));
  return (['grave', 'warning', 'note'] as const).find((gravity) => all.has(gravity));
}
