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
    // What a name does not tell is null, so that every entry has every key.
    const told = backups.map((backup) => ({
      ...backup,
      database: backup.database ?? null,
      host: backup.host ?? null,
    }));
    return { json: { backups: told }, lines: lines.length > 0 ? lines : ['No backups yet.'] };
  },
};
