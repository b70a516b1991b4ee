import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createResources, type Resources } from '../../src/core/backups/resources.ts';
import { createService } from '../../src/core/createService.ts';
import { detectProject } from '../../src/core/project/detect.ts';
import type { Project, ProjectRequest, ProjectSettings } from '../../src/core/project/project.ts';
import type { Service } from '../../src/core/service.ts';
import type { Engine } from '../../src/core/sqlite/engine.ts';
import { change } from './project.ts';
import { scratchFolder } from './scratch.ts';

/** A folder with a database of two tables and a media folder, and the core in this process that works on it. */
export interface ServiceProject {
  root: string;
  folder: string;
  database: string;
  media: string;
  home: string;
  service: Service;
  resources: Resources;
  /** For the service; settings are added to what every ask of this project has. */
  project(settings?: ProjectSettings): ProjectRequest;
  /** The same, as the core sees it. */
  detected(settings?: ProjectSettings): Promise<Project>;
  /** What lies in the backups folder, and what in `DBBACKUP_HOME` holds decoded data or is being worked on. */
  backups(): Promise<string[]>;
  leftovers(): Promise<string[]>;
}

export const address = 'ops@example.org';
const tables = `
  CREATE TABLE author(id INTEGER PRIMARY KEY, name TEXT NOT NULL);
  CREATE TABLE note(id INTEGER PRIMARY KEY, author_id INTEGER REFERENCES author(id), body TEXT);
  INSERT INTO author VALUES (1, 'Ada'), (2, 'Grace');
  INSERT INTO note VALUES (1, 1, 'one line'), (2, 1, 'two' || char(10) || 'lines'), (5, 2, 'żółć');`;

export async function serviceProject(
  options: { engine?: 'native' | 'wasm'; key?: boolean; settings?: ProjectSettings } = {},
): Promise<ServiceProject> {
  const root = await scratchFolder();
  const [folder, home] = [join(root, 'project'), join(root, 'home')];
  const [database, media] = [join(folder, 'db.sqlite3'), join(folder, 'media')];
  await mkdir(media, { recursive: true });
  change(database, tables);
  const environment = {
    DBBACKUP_HOME: home,
    HOME: root,
    PATH: '',
    ...(options.engine ? { DBBACKUP_ENGINE: options.engine } : {}),
  };
  const service = createService({ environment, workspace: () => [], trustProject: true });
  const settingsWith = (more: ProjectSettings = {}) => ({
    folder: 'backups',
    mediaRoot: 'media',
    recipients: [address],
    ...options.settings,
    ...more,
  });
  if (options.key !== false) {
    const owner = {
      name: 'Ops',
      email: address,
      algorithm: 'ecc',
      expires: 'never',
      passphrase: '',
    } as const;
    await service.generateKey(owner, quiet);
  }
  const names = async (path: string) => (await readdir(path, { recursive: true }).catch(() => [])).sort();
  const request = (more?: ProjectSettings) => ({ folder, settings: settingsWith(more) });
  return {
    root,
    folder,
    database,
    media,
    home,
    service,
    resources: createResources(environment),
    project: request,
    detected: (more) => detectProject(request(more), { environment, signal: quiet.signal }),
    backups: () => names(join(folder, 'backups')),
    leftovers: async () => [
      ...(await names(join(home, 'work'))),
      ...(await names(join(home, 'locks'))),
      ...(await names(root)).filter((name) => /\.part$|\.dbbackup-/.test(name)),
    ],
  };
}

/** Resources whose engine does some things otherwise: what a real one does only on a bad day. */
export function withEngine(resources: Resources, otherwise: Partial<Engine>): Resources {
  const engine = async () => {
    const real = await resources.engine();
    return new Proxy(real, {
      get: (_, name: keyof Engine) => {
        const own = real[name];
        return otherwise[name] ?? (typeof own === 'function' ? own.bind(real) : own);
      },
    });
  };
  return { ...resources, engine };
}

const quiet = {
  signal: new AbortController().signal,
  report: () => undefined,
  ask: { passphrase: async () => undefined, confirm: async () => false },
};
