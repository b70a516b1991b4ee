import { BackupError } from '../../core/errors.ts';
import type { RestoreAnswer } from '../../core/service.ts';
import type { CliCommand, CommandAnswer, CommandContext } from '../command.ts';
import { describeChanges, describeFiles, formatBytes, formatMoment } from '../words.ts';

export const undo: CliCommand = {
  define: (command) =>
    command
      .description('takes the last restore back')
      .option('--id <id>', 'an older undo copy instead')
      .option('--list', 'only say which undo copies there are')
      .option('--purge', 'delete all undo copies of this project'),
  async run(_args, options, context) {
    const id = options.id as string | undefined;
    if ([id, options.list, options.purge].filter((option) => option !== undefined).length > 1)
      throw new BackupError('usage', 'Only one of --id, --list and --purge at a time.');
    if (options.list) return listCopies(context);
    if (options.purge) return purge(context);
    const { service, task, invocation } = context;
    return describeUndo(await service.undo({ project: { folder: invocation.project }, id }, task));
  },
};

function describeUndo(answer: RestoreAnswer): CommandAnswer {
  const { restored, changes, files, also = [], undo, warnings } = answer;
  const targets = [restored.target, ...also];
  const verb = targets.length > 1 ? 'are as they were' : 'is as it was';
  return {
    json: answer,
    lines: [
      `${targets.join(' and ')} ${verb} before.`,
      ...describeChanges(changes),
      ...describeFiles(files),
      ...(undo ? ['`dbbackup undo` takes this back, too.'] : []),
    ],
    warnings,
  };
}

async function listCopies({ service, task, invocation }: CommandContext): Promise<CommandAnswer> {
  const copies = (await service.undoCopies({ project: { folder: invocation.project } }, task)).map(
    ({ id, target, kind, date, bytes, before }) => ({ id, target, kind, date, bytes, before }),
  );
  const lines = copies.map(({ id, target, date, bytes, before }) =>
    [id, formatMoment(date), formatBytes(bytes).padStart(9), `${target} before ${before}`].join('  '),
  );
  return { json: { copies }, lines: lines.length > 0 ? lines : ['No undo copies.'] };
}

async function purge({ service, task, invocation }: CommandContext): Promise<CommandAnswer> {
  const answer = await service.purgeUndo({ project: { folder: invocation.project } }, task);
  return { json: answer, lines: [`Undo copies deleted: ${answer.removed.length}.`] };
}
