import { resolve } from 'node:path';
import { BackupError } from '../../core/errors.ts';
import type { RestoreAnswer } from '../../core/service.ts';
import type { CliCommand, CommandAnswer } from '../command.ts';
import { oneOf } from '../options.ts';
import { restoreTables } from '../restoreTables.ts';
import { count, describeChanges, describeFiles, describeMasked } from '../words.ts';

interface Options {
  media?: boolean;
  all?: boolean;
  database?: string;
  table?: string[];
  withParents?: boolean;
  into?: string;
  mask?: boolean;
  dryRun?: boolean;
  undo?: boolean;
  mode?: 'add' | 'replace' | 'mirror';
  only?: string;
}

export const restore: CliCommand = {
  define: (command) =>
    command
      .description('restores the newest backup, or FILE; decrypts where the name or the content says so')
      .argument('[file]')
      .option('--media', 'media files instead of the database')
      .option('--all', 'database and media of one restore point')
      .option('-d, --database <alias>', 'into this database')
      .option('--table <name...>', 'only these tables; the others stay as they are')
      .option('--with-parents', 'with --table: bring along the rows that theirs refer to')
      .option('--into <file>', 'make a new database file instead; an existing one is refused')
      .option('--mask', 'replace personal data by the rules of dbbackup.mask')
      .option('--dry-run', 'only say what would change')
      .option('--no-undo', 'keep no undo copy')
      .option(
        '--mode <mode>',
        'media: add, replace (the default) or mirror',
        oneOf('add', 'replace', 'mirror'),
      )
      .option('--only <path>', 'media: this file or folder of the backup alone, relative to the media root'),
  async run([file], given, { service, task, invocation }) {
    const options = given as Options;
    if (options.table) {
      refuseWithTables(options);
      const ask = {
        project: { folder: invocation.project },
        file: file === undefined ? undefined : resolve(file),
        database: options.database,
        tables: options.table,
        withParents: options.withParents === true,
        dryRun: options.dryRun === true,
      };
      return describeRestore(await restoreTables(ask, service, task), ask.dryRun);
    }
    if (options.withParents) throw needsTable();
    if (options.only !== undefined && !options.media) throw needsMedia();
    const answer = await service.restore(
      {
        project: { folder: invocation.project },
        file: file === undefined ? undefined : resolve(file),
        what: options.all ? 'all' : options.media ? 'media' : 'database',
        database: options.database,
        into: options.into === undefined ? undefined : resolve(options.into),
        mask: options.mask,
        dryRun: options.dryRun,
        undo: options.undo,
        mode: options.mode,
        only: options.only,
      },
      task,
    );
    return describeRestore(answer, options.dryRun === true);
  },
};

function needsTable(): BackupError {
  return new BackupError('usage', '--with-parents goes with --table only.', 'Name tables, or leave it out.');
}

function needsMedia(): BackupError {
  return new BackupError(
    'usage',
    '--only goes with --media only.',
    'Name tables with --table, or leave it out.',
  );
}

/** Part of a database is taken back into the database, with undo, or not at all. */
function refuseWithTables({ media, all, into, mask, undo }: Options): void {
  const other = media
    ? '--media'
    : all
      ? '--all'
      : into
        ? '--into'
        : mask
          ? '--mask'
          : undo === false
            ? '--no-undo'
            : undefined;
  if (other === undefined) return;
  throw new BackupError('usage', `--table does not go with ${other}.`, 'Leave one of them out.');
}

/** The answer of a restore, as JSON and in lines. */
function describeRestore(answer: RestoreAnswer, dryRun: boolean): CommandAnswer {
  const { restored, changes, files, also = [], undo, masked, warnings } = answer;
  const did = dryRun ? 'Would restore' : 'Restored';
  const isMedia = files && also.length === 0;
  const unit = isMedia
    ? count(restored.rows, 'file')
    : `${count(restored.tables, 'table')}, ${count(restored.rows, 'row')}`;
  return {
    json: answer,
    lines: [
      `${did} ${restored.file} into ${[restored.target, ...also].join(' and ')}: ${unit}.`,
      ...(isMedia ? [] : describeChanges(changes)),
      ...describeFiles(files),
      ...describeMasked(masked, dryRun),
      ...(undo ? ['`dbbackup undo` takes it back.'] : []),
    ],
    warnings,
  };
}
