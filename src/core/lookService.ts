import { OpenBackups } from './backups/openBackups.ts';
import { openDecoded } from './backups/openDecoded.ts';
import type { Resources } from './backups/resources.ts';
import { BackupError } from './errors.ts';
import type { LookService } from './look.ts';
import type { Project, ProjectRequest } from './project/project.ts';
import { browseTables, readPage, readWhole } from './sqlite/browse.ts';
import type { Task } from './task.ts';

/** The part of the service that looks into backups; what is open is held here, in the worker. */
export function createLookService(
  resources: Resources,
  detect: (request: ProjectRequest, task: Task) => Promise<Project>,
): LookService {
  const open = new OpenBackups();

  const tableOf = (id: string, name: string) => {
    const { connection, tables } = open.get(id);
    const table = tables.find((one) => one.name === name);
    if (table) return { connection, table };
    throw new BackupError('no-such-table', `This backup has no table ${name}.`, 'Choose one that it has.');
  };

  return {
    openBackup: async ({ project, file }, task) => {
      // A file needs no project; where there is one, its wish for signatures counts all the same.
      const settings = project && (await detect(project, task).catch(() => undefined))?.settings;
      const rule = settings?.requireSignature === true ? 'signed' : 'any';
      const backup = await open.open(file, rule, async () => {
        const decoded = await openDecoded(file, await resources.sessionKeys(task, settings), resources, task);
        const names = decoded.tableRows.map(({ name }) => name);
        return { ...decoded, tables: browseTables(decoded.connection, names) };
      });
      const { id, tables, encrypted, inMemory, warnings } = backup;
      return { id, file, tables, encrypted, inMemory, warnings };
    },

    readRows: async ({ id, table: name, ...query }) => {
      const { connection, table } = tableOf(id, name);
      return readPage(connection, table, { table: name, ...query });
    },

    readCell: async ({ id, table: name, ...query }) => {
      const { connection, table } = tableOf(id, name);
      return readWhole(connection, table, { table: name, ...query });
    },

    closeBackup: async ({ id }) => ({ closed: await open.close(id) }),
  };
}
