import { HeldOpen } from './backups/heldOpen.ts';
import { unmaskedRows } from './backups/masking.ts';
import { type OpenBackup, OpenBackups } from './backups/openBackups.ts';
import { type Comparison, compareSides, liveSide, type Side, tableIn } from './backups/openComparison.ts';
import { openDecoded } from './backups/openDecoded.ts';
import type { Resources } from './backups/resources.ts';
import { chooseTarget } from './backups/restore.ts';
import { sqlText } from './backups/sqlText.ts';
import { takeBack } from './backups/takeBack.ts';
import { BackupError } from './errors.ts';
import type { Difference, LookService } from './look.ts';
import type { Project, ProjectRequest } from './project/project.ts';
import { browseTables, cellOf, readPage, readWhole, wholeBytes } from './sqlite/browse.ts';
import type { RowDifference } from './sqlite/compare.ts';
import type { Task } from './task.ts';

const mostRows = 1000;

/** The part of the service that looks into backups; what is open is held here, in the worker. */
export function createLookService(
  resources: Resources,
  detect: (request: ProjectRequest, task: Task) => Promise<Project>,
  trusted: (request: ProjectRequest, task: Task) => Promise<Project>,
): LookService {
  const open = new OpenBackups();
  const comparisons = new HeldOpen<Comparison & { touch(): void }>();

  const openBackup = async (
    file: string,
    settings: Project['settings'] | undefined,
    task: Task,
  ): Promise<OpenBackup> => {
    const rule = settings?.requireSignature === true ? 'signed' : 'any';
    return open.open(file, rule, async () => {
      const decoded = await openDecoded(file, await resources.sessionKeys(task, settings), resources, task);
      const names = decoded.tableRows.map(({ name }) => name);
      return { ...decoded, tables: browseTables(decoded.connection, names) };
    });
  };

  const sideOf = async (file: string, project: Project, task: Task): Promise<Side & { id: string }> => {
    const { id, connection, warnings } = await openBackup(file, project.settings, task);
    return { id, connection, file, warnings, close: async () => void (await open.close(id)) };
  };

  const tableOf = (id: string, name: string) => {
    const { connection, tables } = open.get(id);
    const table = tables.find((one) => one.name === name);
    if (table) return { connection, table };
    throw new BackupError('no-such-table', `This backup has no table ${name}.`, 'Choose one that it has.');
  };

  const differencesOf = (id: string, name: string) => {
    const comparison = comparisons.get(id);
    comparison.touch();
    return tableIn(comparison, name);
  };

  return {
    openBackup: async ({ project, file }, task) => {
      // A file needs no project; where there is one, its wish for signatures counts all the same.
      const settings = project && (await detect(project, task).catch(() => undefined))?.settings;
      const { id, tables, encrypted, inMemory, warnings } = await openBackup(file, settings, task);
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

    readSql: async ({ id, most }, task) => sqlText(open.get(id).connection, most, task.signal),

    closeBackup: async ({ id }) => ({ closed: await open.close(id) }),

    openComparison: async (ask, task) => {
      const project = await detect(ask.project, task);
      const after = await sideOf(ask.after, project, task);
      let before: Side & { id?: string };
      try {
        before =
          ask.before === undefined
            ? await liveSide((await chooseTarget(ask.after, ask.database, project)).path, resources, task)
            : await sideOf(ask.before, project, task);
      } catch (error) {
        await after.close();
        throw error;
      }
      const touch = () => {
        for (const side of [before.id, after.id]) if (side !== undefined) open.get(side);
      };
      const held = comparisons.add({ ...(await compareSides(before, after, task)), touch });
      const { id, before: from, after: to, tables, schema, warnings } = held;
      return { id, before: from, after: to, tables, schema, warnings };
    },

    readDifferences: async ({ id, table: name, offset, limit }, task) => {
      const { table, pages } = differencesOf(id, name);
      const rows = await pages.read(Math.max(0, offset), Math.min(limit, mostRows), task.signal);
      return { rows: rows.map(plain), total: table.added + table.removed + table.changed };
    },

    readDifference: async ({ id, table: name, row, column }, task) => {
      const { table, pages } = differencesOf(id, name);
      const at = table.columns.indexOf(column);
      const [found] = await pages.read(Math.max(0, row), 1, task.signal);
      if (!found || at < 0) return {};
      const whole = (cells: Parameters<typeof cellOf>[0][]) => cellOf(cells[at]!, wholeBytes);
      return {
        ...('before' in found ? { before: whole(found.before) } : {}),
        ...('after' in found ? { after: whole(found.after) } : {}),
      };
    },

    takeBack: async ({ project: request, id, chosen, withParents }, task) => {
      const project = await trusted(request, task);
      const comparison = comparisons.get(id);
      comparison.touch();
      if (!project.databases.some(({ path }) => path === comparison.before)) {
        throw new BackupError(
          'no-such-database',
          'Rows can be brought back into a database of this project only.',
          'Compare the backup with the current database.',
        );
      }
      const warnings = await unmaskedRows(comparison.after, project);
      return takeBack(comparison, { chosen, withParents, warnings }, resources, task);
    },

    closeComparison: async ({ id }) => ({ closed: await comparisons.close(id) }),
  };
}

function plain(row: RowDifference): Difference {
  const cells = (values: Parameters<typeof cellOf>[0][]) => values.map((value) => cellOf(value));
  if (row.kind === 'added') return { kind: row.kind, after: cells(row.after) };
  if (row.kind === 'removed') return { kind: row.kind, before: cells(row.before) };
  return { ...row, before: cells(row.before), after: cells(row.after) };
}
