import * as vscode from 'vscode';
import { callTool } from '../agents/callTool.ts';
import { type AgentTool, type ToolInput, tools } from '../agents/tools.ts';
import { BackupError } from '../core/errors.ts';
import type { Service } from '../core/service.ts';
import { plans } from './progressPlan.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';
import type { Tasks } from './tasks.ts';

interface Parts {
  service: Service;
  sessions: Sessions;
  tasks: Tasks;
}

type EditorInput = ToolInput & {
  /** Name of a workspace folder, where several are open. */
  folder?: string;
};

/** Offers the agents' tools to the editor's chat. Whoever restores is always asked, with what would change. */
export function registerLanguageModelTools(parts: Parts): vscode.Disposable[] {
  return tools.map((tool) =>
    vscode.lm.registerTool<EditorInput>(`dbbackup_${tool.name}`, {
      prepareInvocation: () => ({ invocationMessage: saying(tool) }),
      invoke: async ({ input }, token) => invoke(tool, input, parts, token),
    }),
  );
}

async function invoke(
  tool: AgentTool,
  { folder, ...input }: EditorInput,
  { service, sessions, tasks }: Parts,
  token: vscode.CancellationToken,
): Promise<vscode.LanguageModelToolResult> {
  const session = sessionNamed(folder, sessions);
  const plan = tool.safe ? plans.backup : plans.restore;
  const { data } = await tasks.run({ title: saying(tool), plan }, (task) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    const signal = AbortSignal.any([task.signal, controller.signal]);
    return callTool(tool, input, { service, project: session.request, task: { ...task, signal } });
  });
  if (!tool.readOnly) await session.refresh();
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(JSON.stringify(data))]);
}

function sessionNamed(name: string | undefined, { all }: Sessions): Session {
  const found =
    name === undefined && all.length === 1 ? all[0] : all.find(({ folder }) => folder.name === name);
  if (found) return found;
  const names = all.map(({ folder }) => folder.name).join(', ');
  throw new BackupError(
    'no-database',
    'Which folder is meant is not clear.',
    `Name one of: ${names || 'none is open'}.`,
  );
}

function saying({ name }: AgentTool): string {
  switch (name) {
    case 'list_backups':
      return vscode.l10n.t('Listing backups');
    case 'create_backup':
      return vscode.l10n.t('Backing up');
    case 'verify_backup':
      return vscode.l10n.t('Verifying a backup');
    case 'compare_backup':
      return vscode.l10n.t('Comparing a backup with the live data');
    case 'restore_backup':
      return vscode.l10n.t('Restoring a backup');
  }
}
