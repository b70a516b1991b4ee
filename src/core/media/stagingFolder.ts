import { randomBytes } from 'node:crypto';
import { access, constants, readdir, realpath } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { privateFolder } from '../files/privateFolder.ts';
import { isAlive } from '../files/process.ts';
import { tidy } from '../files/tidy.ts';

const here = hostname().replace(/[^A-Za-z0-9.]/g, '_');
const stagingName = /^\.dbbackup-media-([^-]+)-(\d+)-[0-9a-f]+$/;

/**
 * A name, not yet taken, for a staging folder beside the media root: mostly on its disk, so that files can be moved.
 * @param otherwise the private folder for it where nothing can be made beside the root; it is made where it is missing
 */
export async function stagingFolderBeside(mediaRoot: string, otherwise?: string): Promise<string> {
  const name = `.dbbackup-media-${here}-${process.pid}-${randomBytes(6).toString('hex')}`;
  const beside = await folderBeside(mediaRoot);
  if (otherwise === undefined) return join(beside, name);
  const isWritable = await access(beside, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
  return join(isWritable ? beside : await privateFolder(otherwise), name);
}

/** Removes staging folders that processes of this machine which are gone left beside the media root, or otherwise. */
export async function sweepStaging(mediaRoot: string, otherwise?: string): Promise<string[]> {
  const beside = await sweepFolder(await folderBeside(mediaRoot));
  return otherwise === undefined ? beside : [...beside, ...(await sweepFolder(otherwise))];
}

async function sweepFolder(folder: string): Promise<string[]> {
  const swept: string[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const match = stagingName.exec(name);
    if (match?.[1] !== here || isAlive(Number(match[2]))) continue;
    await tidy(join(folder, name));
    swept.push(join(folder, name));
  }
  return swept;
}

async function folderBeside(mediaRoot: string): Promise<string> {
  return dirname(await realpath(mediaRoot).catch(() => resolve(mediaRoot)));
}
