import { isAbsolute, relative } from 'node:path';
import type { Project } from './project.ts';
import { realPathOf } from './realPath.ts';

/**
 * Paths outside the project that its own files lead to, by name or through links, each with the fact it stands for.
 * What the environment or a flag names is the user's own word.
 */
export function pathsOutside(project: Project): { fact: string; path: string }[] {
  const facts: { fact: string; source?: string; path: string | undefined }[] = [
    { fact: 'backupsFolder', path: project.backupsFolder },
    { fact: 'mediaRoot', path: project.mediaRoot },
    ...project.databases.map(({ alias, path }) => ({
      fact: 'databases',
      source: `databases.${alias}`,
      path,
    })),
  ];
  const realRoot = realPathOf(project.root);
  return facts.flatMap(({ fact, source, path }) => {
    if (path === undefined) return [];
    const { kind } = project.sources[source ?? fact] ?? project.sources[fact] ?? { kind: 'file' };
    const isOwn = kind !== 'environment' && kind !== 'flag';
    return isOwn && !isInside(realPathOf(path), realRoot) ? [{ fact, path }] : [];
  });
}

/** Whether a path is a folder or lies in it. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith('../') || way.startsWith('..\\') || isAbsolute(way));
}
