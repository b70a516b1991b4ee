import { BackupError } from '../errors.ts';
import type { LoadedZip } from '../media/readZip.ts';
import { readmeName, readmeTitle } from './handOverReadme.ts';

const readmeBytes = 1 << 18;

/** Whether a zip was written by *Export Restore Point…*: by the first line of its README. */
export async function isHandOver(zip: LoadedZip): Promise<boolean> {
  const readme = zip.records.find(({ name }) => name === readmeName);
  if (!readme || readme.size > readmeBytes) return false;
  for await (const { name, content } of zip.entries()) {
    if (name !== readmeName) continue;
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) chunks.push(chunk);
    return Buffer.concat(chunks).toString().startsWith(readmeTitle);
  }
  return false;
}

/**
 * It holds backups, not media files: put into the media folder, they would stand in the place of what belongs there.
 * @throws BackupError bad-archive
 */
export async function refuseHandOver(zip: LoadedZip): Promise<void> {
  if (!(await isHandOver(zip))) return;
  throw new BackupError(
    'bad-archive',
    'This is no backup of media files, but a hand-over file with backups in it.',
    'Nothing was changed. Take it in with Import Restore Point, or unpack it: its README says how to go on.',
  );
}
