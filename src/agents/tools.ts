import { BackupError } from '../core/errors.ts';
import type { ProjectRequest } from '../core/project/project.ts';
import type { Backup, Service } from '../core/service.ts';
import type { Task } from '../core/task.ts';
import type { ToolName } from './toolNames.ts';

/** JSON Schema of a tool's input, as far as the tools here need it. */
export interface InputSchema {
  type: 'object';
  properties: Record<string, { type: 'string' | 'boolean'; description: string; enum?: readonly string[] }>;
  additionalProperties: false;
}

/** What a tool works with. */
export interface ToolSurroundings {
  service: Service;
  project: ProjectRequest;
  task: Task;
}

/** Something that an agent can ask for: over MCP, and as a language model tool of the editor. */
export interface AgentTool {
  name: ToolName;
  title: string;
  /** For the model. */
  description: string;
  input: InputSchema;
  /** False where live data is replaced. */
  safe: boolean;
  /** False where files are made or replaced. */
  readOnly: boolean;
  /** @returns plain data, without anything that stands in the project's rows */
  run(input: ToolInput, surroundings: ToolSurroundings): Promise<object>;
}

/** Checked against the tool's schema by whoever calls it. */
export interface ToolInput {
  file?: string;
  what?: 'database' | 'media' | 'all';
  drill?: boolean;
}

const file = {
  type: 'string',
  description: 'Name of a backup as list_backups gives it. The newest one when left out.',
} as const;
const what = (verb: string) =>
  ({
    type: 'string',
    enum: ['database', 'media', 'all'],
    description: `What to ${verb}: the database (default), the media files, or both with one time.`,
  }) as const;

export const tools: readonly AgentTool[] = [
  {
    name: 'list_backups',
    title: 'List Backups',
    description:
      "Lists the backups of this project's SQLite database and media files, newest first, with date, size and whether each is encrypted.",
    input: schema({}),
    safe: true,
    readOnly: true,
    run: async (_, { service, project, task }) => ({ backups: await service.list({ project }, task) }),
  },
  {
    name: 'create_backup',
    title: 'Back Up',
    description:
      "Makes a backup of this project's SQLite database (or media files) in its backups folder, encrypted for the project's recipients. Use it before migrations or any other change to the data.",
    input: schema({ what: what('back up') }),
    safe: true,
    readOnly: false,
    run: (input, { service, project, task }) =>
      service.backup({ project, what: input.what ?? 'database' }, task),
  },
  {
    name: 'verify_backup',
    title: 'Verify Backup',
    description:
      'Opens a backup to its last byte and checks all that is in it; with drill it also restores it into a scratch database. The live database is not touched.',
    input: schema({
      file,
      drill: { type: 'boolean', description: 'Also restore into a scratch database and check that.' },
    }),
    safe: true,
    readOnly: true,
    run: async ({ file, drill }, surroundings) => {
      const { service, project, task } = surroundings;
      const { path } = await named(file, surroundings);
      return service.verify({ project, file: path, ...(drill === undefined ? {} : { drill }) }, task);
    },
  },
  {
    name: 'compare_backup',
    title: 'Compare Backup',
    description:
      'Says what restoring a database backup would change: per table, how many rows are added, removed and changed. Nothing is changed.',
    input: schema({ file }),
    safe: true,
    readOnly: true,
    run: async ({ file }, surroundings) => {
      const { service, project, task } = surroundings;
      const { path } = await named(file, surroundings, 'database');
      return service.compare({ project, file: path }, task);
    },
  },
  {
    name: 'restore_backup',
    title: 'Restore Backup',
    description:
      "Replaces this project's live database (or media files) by a backup. What was there is always kept as an undo copy. Compare first.",
    input: schema({ file, what: what('restore') }),
    safe: false,
    readOnly: false,
    run: async ({ file, what = 'database' }, surroundings) => {
      const { service, project, task } = surroundings;
      const backup = await named(file, surroundings, what === 'all' ? undefined : what);
      return service.restore({ project, what, file: backup.path, undo: true }, task);
    },
  },
];

function schema(properties: InputSchema['properties']): InputSchema {
  return { type: 'object', properties, additionalProperties: false };
}

/** Only what lies in the backups folder can be named: an agent's word opens no other file. */
async function named(
  name: string | undefined,
  { service, project, task }: ToolSurroundings,
  kind?: Backup['kind'],
): Promise<Backup> {
  const backups = (await service.list({ project }, task)).filter(
    (backup) => kind === undefined || backup.kind === kind,
  );
  const found = name === undefined ? backups[0] : backups.find((backup) => backup.file === name);
  if (found) return found;
  if (name === undefined) throw new BackupError('no-backups', 'There is no backup yet.', 'Make one first.');
  throw new BackupError(
    'no-backups',
    `There is no backup called ${name}.`,
    'Use a name that list_backups gives.',
  );
}
