import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../tools/paths.ts';

interface Locked {
  version?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

// `npm ci` refuses a lock that lacks another system's optional package, and `npm install` drops those it cannot find.
test('package-lock.json names every package that another one asks for', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const named = new Set(Object.keys(lock.packages).map((path) => path.split('node_modules/').at(-1)));
  const missing = Object.entries(lock.packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !named.has(name))
      .map((name) => `${name}, wanted by ${path}`),
  );
  expect(missing).toEqual([]);
  expect(Object.entries(lock.packages).filter(([path, { version }]) => path && !version)).toEqual([]);
});
