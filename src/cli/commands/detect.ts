import type { Source } from '../../core/project/project.ts';
import type { CliCommand } from '../command.ts';

export const detect: CliCommand = {
  define: (command) => command.description('what the project has, and where each fact was found'),
  async run(_args, _options, { service, task, invocation }) {
    const project = await service.detect({ project: { folder: invocation.project } }, task);
    const { databases, mediaRoot, backupsFolder, recipients, timeZone, hostname, sources, warnings } =
      project;
    const line = (name: string, value: string) => `${name.padEnd(15)} ${value}${origin(sources[name])}`;
    return {
      json: {
        databases,
        mediaRoot: mediaRoot ?? null,
        backupsFolder,
        recipients,
        timeZone,
        hostname,
        sources,
        warnings,
      },
      lines: [
        ...databases.map(({ alias, path }) => line('databases', `${alias}: ${path}`)),
        line('mediaRoot', mediaRoot ?? '(none)'),
        line('backupsFolder', backupsFolder),
        line('recipients', recipients.join(', ') || '(none)'),
        line('timeZone', timeZone),
        line('hostname', hostname),
      ],
      warnings,
    };
  },
};

function origin(source: Source | undefined): string {
  if (!source) return '';
  switch (source.kind) {
    case 'file':
      return `  (${source.path}:${source.line})`;
    case 'found':
      return `  (found: ${source.path})`;
    case 'default':
      return `  (default: ${source.why})`;
    default:
      return `  (${source.kind}: ${source.name})`;
  }
}
