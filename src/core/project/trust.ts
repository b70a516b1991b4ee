import { isAbsolute, relative } from 'node:path';
import type { Project } from './project.ts';

/** Paths outside the project that its own files name, each with the fact it stands for. */
export function pathsOutside(project: Project): { fact: string; path: string }[] {
  const facts: [string, string | undefined][] = [
    ['backupsFolder', project.backupsFolder],
    ['mediaRoot', project.mediaRoot],
    ...project.databases.map(({ path }): [string, string] => ['databases', path]),
  ];
  return facts.flatMap(([fact, path]) => {
    const own = ['file', 'setting'].includes(project.sources[fact]?.kind ?? '');
    return path !== undefined && own && !isInside(path, project.root) ? [{ fact, path }] : [];
  });
}

/** Whether a path is a folder or lies in it. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || !(way === '..' || way.startsWith('../') || way.startsWith('..\\') || isAbsolute(way));
}
