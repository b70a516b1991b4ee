import type { CliCommand } from '../command.ts';
import { formatBytes, formatMoment } from '../words.ts';

export const list: CliCommand = {
  define: (command) => command.description('what is in the backups folder, newest first'),
  async run(_args, _options, { service, task, invocation }) {
    const backups = await service.list({ project: { folder: invocation.project } }, task);
    const lines = backups.map(({ file, date, bytes, encrypted, label, pinned }) =>
      [
        formatMoment(date),
        formatBytes(bytes).padStart(9),
        encrypted ? 'encrypted' : 'plain    ',
        file,
        ...(label ? [label] : []),
        ...(pinned ? ['(pinned)'] : []),
      ].join('  '),
    );
    return { json: { backups }, lines: lines.length > 0 ? lines : ['No backups yet.'] };
  },
};
