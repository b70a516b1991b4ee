import { homedir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { Findings } from './finding.ts';
import { askGit } from './gitIgnore.ts';
import type { Project } from './project.ts';
import { realPathOf } from './realPath.ts';
import { isInside } from './trust.ts';

interface Surroundings {
  root: string;
  /** The folder of manage.py. */
  cwd: string;
  environment: NodeJS.ProcessEnv;
}

/**
 * A media root that is the home folder, the file system's root, or holds the project would take everything along, and a
 * restore would replace it: it is refused, and the project has none.
 */
export function checkMediaRoot(
  mediaRoot: string | undefined,
  { root, cwd, environment }: Surroundings,
  findings: Findings,
): string | undefined {
  if (mediaRoot === undefined) return undefined;
  const real = realPathOf(mediaRoot);
  const home = environment.HOME || environment.USERPROFILE || homedir();
  const held = [
    [home, 'your home folder'],
    [root, 'the whole project'],
    [cwd, 'the whole project'],
  ] as const;
  const what =
    dirname(real) === real ? 'the whole disk' : held.find(([path]) => isInside(realPathOf(path), real))?.[1];
  if (what === undefined) return mediaRoot;
  findings.warn(
    'media-root-refused',
    `The media root ${mediaRoot} is refused: it is or holds ${what}.`,
    'Set MEDIA_ROOT, or dbbackup.mediaRoot, to a folder that holds uploaded files only.',
  );
  return undefined;
}

/** Says where the backups folder is served to the world, or would be committed. */
export async function checkBackupsFolder(
  { backupsFolder, mediaRoot, root }: Project,
  environment: NodeJS.ProcessEnv,
  findings: Findings,
  signal: AbortSignal,
): Promise<void> {
  if (mediaRoot !== undefined && isInside(realPathOf(backupsFolder), realPathOf(mediaRoot))) {
    findings.warn(
      'backups-in-media',
      `The backups folder ${findings.path(backupsFolder)} lies in the media root: a web server gives its files to anybody.`,
      'Set dbbackup.folder, or the location of the backup storage in the settings, to a folder outside it.',
    );
  }
  const git = await askGit(backupsFolder, root, environment, signal);
  if (!git) return;
  const line = `/${relative(git.top, realPathOf(backupsFolder)).replaceAll('\\', '/')}/`;
  const ignore = join(git.top, '.gitignore');
  if (git.tracked) {
    findings.warn(
      'backups-tracked',
      `git tracks files in the backups folder ${findings.path(backupsFolder)}: they go wherever the repository goes.`,
      `Add the line ${line} to ${ignore}, and take them out with git rm -r --cached.`,
    );
  } else if (!git.ignored) {
    findings.warn(
      'backups-not-ignored',
      `git does not ignore the backups folder ${findings.path(backupsFolder)}: backups could be committed.`,
      `Add the line ${line} to ${ignore}.`,
    );
  }
}
