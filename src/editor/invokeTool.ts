import * as vscode from 'vscode';
import { callTool } from '../agents/callTool.ts';
import type { ToolName } from '../agents/toolNames.ts';
import { type ToolInput, tools } from '../agents/tools.ts';
import { BackupError } from '../core/errors.ts';
import type { Service } from '../core/service.ts';
import { plans } from './progressPlan.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';
import type { Tasks } from './tasks.ts';

export interface ToolParts {
  service: Service;
  sessions: Sessions;
  tasks: Tasks;
}

export type EditorInput = ToolInput & {
  /** Name of a workspace folder, where several are open. */
  folder?: string;
};

/** Runs an agents' tool for the editor's chat, where the user sees it. @param title what is being done */
export async function invokeTool(
  name: ToolName,
  title: string,
  { folder, ...input }: EditorInput,
  { service, sessions, tasks }: ToolParts,
  token: vscode.CancellationToken,
): Promise<vscode.LanguageModelToolResult> {
  const tool = tools.find((one) => one.name === name)!;
  const session = sessionNamed(folder, sessions);
  const plan = tool.safe ? plans.backup : plans.restore;
  const { data } = await tasks.run({ title, plan }, (task) => {
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
