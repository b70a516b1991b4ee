import { callTool } from '../../agents/callTool.ts';
import { tools } from '../../agents/tools.ts';
import { BackupError } from '../../core/errors.ts';
import type { Asker } from '../../core/task.ts';
import { version } from '../../version.ts';
import type { CliCommand } from '../command.ts';

export const mcp: CliCommand = {
  define: (command) =>
    command
      .description(
        'serves backups to coding agents over stdin and stdout (MCP): list, create, verify, compare',
      )
      .option('--allow-restore', 'restore, too, always with an undo copy; nobody is asked before'),
  async run(_args, options, { service, task, invocation }) {
    if (invocation.passphraseFile === '-') {
      throw new BackupError('usage', 'Stdin is the agent’s here.', 'Name a passphrase file.');
    }
    const allowRestore = options.allowRestore === true;
    const ask: Asker = {
      passphrase: (question) => task.ask.passphrase(question),
      confirm: async ({ action }) => (action === 'trust' ? invocation.trust : allowRestore),
    };
    const project = { folder: invocation.project };
    const { serveMcp } = await import('../../mcp/server.ts');
    await serveMcp({
      version,
      tools: tools.filter(({ safe }) => safe || allowRestore),
      call: (tool, input, signal) =>
        callTool(tool, input, { service, project, task: { signal, report: () => undefined, ask } }),
      signal: task.signal,
    });
    return { json: {}, lines: [] };
  },
};
