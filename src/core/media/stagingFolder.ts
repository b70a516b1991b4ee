import { randomBytes } from 'node:crypto';
import { readdir, realpath, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { isAlive } from '../files/process.ts';

const here = hostname().replace(/[^A-Za-z0-9.]/g, '_');
const stagingName = /^\.dbbackup-media-([^-]+)-(\d+)-[0-9a-f]+$/;

/** A name, not yet taken, for a staging folder beside the media root: mostly on its disk, so that files can be moved. */
export async function stagingFolderBeside(mediaRoot: string): Promise<string> {
  const name = `.dbbackup-media-${here}-${process.pid}-${randomBytes(6).toString('hex')}`;
  return join(await folderBeside(mediaRoot), name);
}

/** Removes staging folders beside the media root that processes of this machine which are gone left there. */
export async function sweepStaging(mediaRoot: string): Promise<string[]> {
  const folder = await folderBeside(mediaRoot);
  const swept: string[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const match = stagingName.exec(name);
    if (match?.[1] !== here || isAlive(Number(match[2]))) continue;
    await rm(join(folder, name), { recursive: true, force: true });
    swept.push(join(folder, name));
  }
  return swept;
}

async function folderBeside(mediaRoot: string): Promise<string> {
  return dirname(await realpath(mediaRoot).catch(() => resolve(mediaRoot)));
}
