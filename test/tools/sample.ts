import { cp, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { root } from './paths.ts';

/** The sample Django project. */
export const sampleFolder = join(root, 'test/sample');

/** Copies the sample project to a new folder, without backups that somebody made in it. */
export async function copySample(to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await cp(sampleFolder, to, { recursive: true, filter: (path) => basename(path) !== 'backups' });
}
