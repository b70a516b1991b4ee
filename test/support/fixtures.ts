import { join, resolve } from 'node:path';

/** Real django-dbbackup files of several versions, with the originals they were made of; its README says what is what. */
export const fixtures = resolve(import.meta.dirname, '../fixtures/django-dbbackup');

/** A file of {@link fixtures}. */
export function fixture(...parts: string[]): string {
  return join(fixtures, ...parts);
}
