import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const folder = resolve(import.meta.dirname, '../../../shared/fixtures');

/** The folder of real django-dbbackup files that lies beside a checkout of the team's, or undefined in any other clone. */
export const fixtures: string | undefined = existsSync(folder) ? folder : undefined;

/** A file of {@link fixtures}; only for tests that skip without it. */
export function fixture(...parts: string[]): string {
  return join(fixtures ?? 'no-fixtures', ...parts);
}
