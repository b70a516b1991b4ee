import { InvalidArgumentError } from 'commander';

/** Gathers an option that may be given more than once. */
export function collect(value: string, earlier: string[] | undefined): string[] {
  return [...(earlier ?? []), value];
}

/** Gathers `-d A,B -d C`, as django-dbbackup's --database takes them. */
export function collectCommas(value: string, earlier: string[] | undefined): string[] {
  return [...(earlier ?? []), ...value.split(',').filter(Boolean)];
}

/** A parser for an option with a fixed set of values. */
export function oneOf<T extends string>(...values: T[]): (value: string) => T {
  return (value) => {
    if ((values as string[]).includes(value)) return value as T;
    throw new InvalidArgumentError(`It is one of ${values.join(', ')}.`);
  };
}
