import { resolve } from 'node:path';
import type { PruneAnswer } from '../../core/service.ts';
import type { Task } from '../../core/task.ts';
import type { CliCommand, CommandContext } from '../command.ts';
import { collect, collectCommas, oneOf } from '../options.ts';
import { count, formatBytes } from '../words.ts';

interface Options {
  database?: string[];
  media?: boolean;
  all?: boolean;
  encrypt?: boolean;
  recipient?: string[];
  compress?: boolean;
  format?: 'dump' | 'snapshot';
  archive?: 'tar' | 'zip';
  sign?: string;
  output?: string;
  clean?: boolean;
}

export const backup: CliCommand = {
  define: (command) =>
    command
      .description('makes backups: with no flag, of the database, encrypted')
      .option('-d, --database <alias>', 'only this database (again for more)', collectCommas)
      .option('--media', 'the media files instead of the database')
      .option('--all', 'database and media together, with one timestamp')
      .option('-e, --encrypt', 'encrypt, whatever the settings say')
      .option('--no-encrypt', 'do not encrypt')
      .option('-r, --recipient <key>', 'encrypt to this key (again for more)', collect)
      .option('-z, --compress', 'gzip as well, for a .gz name')
      .option('--format <format>', 'dump (SQL text) or snapshot (pages)', oneOf('dump', 'snapshot'))
      .option('--archive <archive>', 'tar or zip, for media', oneOf('tar', 'zip'))
      .option('--sign <key>', 'sign with this secret key')
      .option('-o, --output <file>', 'write to this file')
      .option('-c, --clean', 'afterwards, remove what the retention setting lets go of'),
  async run(_args, given, context) {
    const { service, task, invocation } = context;
    const options = given as Options;
    const { backups, warnings } = await service.backup(
      {
        project: { folder: invocation.project },
        what: options.all ? 'all' : options.media ? 'media' : 'database',
        databases: options.database,
        recipients: options.recipient,
        encrypt: options.encrypt,
        compress: options.compress,
        format: options.format,
        archive: options.archive,
        sign: options.sign,
        // As the shell's user sees it, wherever the project is.
        output: options.output === undefined ? undefined : resolve(options.output),
      },
      task,
    );
    const lines = backups.map(({ path, bytes, encrypted, tables, rows }) => {
      const what = tables > 0 ? `${count(tables, 'table')}, ${count(rows, 'row')}` : count(rows, 'file');
      return `${path}  ${formatBytes(bytes)}, ${encrypted ? 'encrypted' : 'not encrypted'}, ${what}`;
    });
    const removed = options.clean ? await clean(context) : [];
    return {
      json: { backups, warnings, ...(options.clean ? { removed } : {}) },
      lines: [...lines, ...removed.map(({ file, why }) => `${file}  removed: ${why}`)],
      warnings,
    };
  },
};

/** As django-dbbackup's `--clean`, which asks nobody: the word on the command line is the answer. */
async function clean({ service, task, invocation }: CommandContext): Promise<PruneAnswer['removed']> {
  const confirm: Task['ask']['confirm'] = async (question) =>
    question.action === 'prune' || task.ask.confirm(question);
  const asked: Task = { signal: task.signal, report: task.report, ask: { ...task.ask, confirm } };
  return (await service.prune({ project: { folder: invocation.project } }, asked)).removed;
}
