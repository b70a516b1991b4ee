import { cp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { detectProject } from '../../src/core/project/detect.ts';
import type { Project, ProjectSettings } from '../../src/core/project/project.ts';
import { scratchFolder } from './scratch.ts';

const projects = resolve(import.meta.dirname, '../fixtures/projects');

/** A copy of one of test/fixtures/projects, in no git repository. */
export async function copyProject(name: string): Promise<string> {
  const folder = join(await scratchFolder(), name);
  await cp(join(projects, name), folder, { recursive: true });
  return folder;
}

export interface DetectAsk {
  environment?: NodeJS.ProcessEnv;
  settings?: ProjectSettings;
}

/** What is found in a folder, with nothing of this machine's environment but what is given. */
export function detect(folder: string, { environment = {}, settings }: DetectAsk = {}): Promise<Project> {
  const home = { HOME: '/home/nobody-of-this-name', PATH: process.env.PATH };
  return detectProject(
    { folder, ...(settings ? { settings } : {}) },
    { environment: { ...home, ...environment }, signal: new AbortController().signal },
  );
}

export function codesOf({ warnings }: Project): string[] {
  return warnings.map(({ code }) => code);
}
