import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** The repository's folder. */
export const root = resolve(import.meta.dirname, '../..');

/** Where test hosts, browsers and bundled tests are kept; git ignores it. */
export const cacheFolder = join(root, '.vscode-test');

/** Where the tiers leave their reports; git ignores it. */
export const resultsFolder = join(root, 'test/results');

/** A folder inside {@link cacheFolder}, made when it is not there. */
export async function cached(...parts: string[]): Promise<string> {
  const folder = join(cacheFolder, ...parts);
  await mkdir(folder, { recursive: true });
  return folder;
}
