import type { CliCommand } from '../command.ts';
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
      .option('-o, --output <file>', 'write to this file'),
  async run(_args, given, { service, task, invocation }) {
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
        output: options.output,
      },
      task,
    );
    const lines = backups.map(({ path, bytes, encrypted, tables, rows }) => {
      const what = tables > 0 ? `${count(tables, 'table')}, ${count(rows, 'row')}` : count(rows, 'file');
      return `${path}  ${formatBytes(bytes)}, ${encrypted ? 'encrypted' : 'not encrypted'}, ${what}`;
    });
    return { json: { backups, warnings }, lines, warnings };
  },
};
