import { BackupError } from '../errors.ts';
import { ahead } from '../files/ahead.ts';
import type { ArchiveFacts, ArchiveKind } from '../media/archive.ts';
import { measureMedia } from '../media/measure.ts';
import { writeTar } from '../media/writeTar.ts';
import { gitState } from '../project/gitState.ts';
import type { Project } from '../project/project.ts';
import type { MadeBackup } from '../service.ts';
import type { Bytes, Progress, Task, Warning } from '../task.ts';
import { noteBackup } from './catalogue.ts';
import { type Destination, madeBackup, type Wrapping, writeBackup } from './create.ts';
import type { Resources } from './resources.ts';

/** Streams the media root into one archive, wrapped and written as its name says. The backups folder is left out. */
export async function backUpMedia(
  kind: ArchiveKind,
  project: Project,
  wrapping: Wrapping,
  destination: Destination,
  resources: Resources,
  task: Task,
): Promise<{ made: MadeBackup; warnings: Warning[] }> {
  const warnings: Warning[] = [];
  let facts: ArchiveFacts = { files: 0, bytes: 0 };
  let total = 0;
  const options = {
    exclude: [project.backupsFolder, destination.folder],
    signal: task.signal,
    report: (step: Progress) => task.report(total > 0 ? { ...step, total } : step),
    onWarning: (warning: Warning) => void warnings.push(warning),
  };
  const mediaRoot = requireMediaRoot(project);
  // Beside the backup, not before it: whoever looks on is told how far it is as soon as that is known.
  if (task.ask.detailed)
    void measureMedia(mediaRoot, options).then((bytes) => {
      total = bytes;
    });
  const write = kind === 'tar' ? writeTar : (await import('../media/writeZip.ts')).writeZip;
  const content = withFacts(write(mediaRoot, options), (found) => {
    facts = found;
  });
  const written = await writeBackup(ahead(content), wrapping, destination, task);
  await noteBackup(resources.home, written, {
    host: project.hostname,
    ...(await gitState(project.root)),
    files: facts.files,
    contentBytes: facts.bytes,
  });
  const encrypted = wrapping.wraps.includes('gpg');
  return { made: madeBackup(written, encrypted, { tables: 0, rows: facts.files }), warnings };
}

/** @throws BackupError media-root-missing */
export function requireMediaRoot(project: Project): string {
  if (project.mediaRoot !== undefined) return project.mediaRoot;
  const refused = project.warnings.find(({ code }) => code === 'media-root-refused');
  if (refused) throw new BackupError('media-root-refused', refused.message, refused.hint);
  throw new BackupError(
    'media-root-missing',
    `${project.root} has no media root.`,
    'Set MEDIA_ROOT in the project, or dbbackup.mediaRoot.',
  );
}

async function* withFacts(
  archive: AsyncGenerator<Uint8Array, ArchiveFacts>,
  onEnd: (facts: ArchiveFacts) => void,
): Bytes & AsyncGenerator<Uint8Array> {
  onEnd(yield* archive);
}
