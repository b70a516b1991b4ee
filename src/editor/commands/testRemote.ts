import * as vscode from 'vscode';
import type { ProjectRequest } from '../../core/project/project.ts';
import type { RemoteTest } from '../../core/remotes/remote.ts';
import { plans } from '../progressPlan.ts';
import { views } from '../settings.ts';
import { fileCount, format } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { chooseRemote } from './remoteTargets.ts';

/** *Test Remote*: connects, asking what it needs to know, and writes, reads and removes a small file there. */
export function createTestRemote(parts: Pick<Editor, 'service' | 'tasks' | 'remotes' | 'listings'>): Handler {
  return async (first) => {
    const { session, remote } = await chooseRemote(vscode.l10n.t('Test Remote'), first, parts);
    const answer = await testRemote(session.request, remote.name, parts).finally(() =>
      parts.listings.refresh(session, remote.name),
    );
    void vscode.window.showInformationMessage(
      vscode.l10n.t('{0} works: {1}.', remote.name, testWords(answer)),
    );
    return answer;
  };
}

export function testRemote(
  project: ProjectRequest,
  remote: string,
  { service, tasks }: Pick<Editor, 'service' | 'tasks'>,
): Promise<RemoteTest> {
  const title = vscode.l10n.t('Testing {0}', remote);
  const work = { title, plan: plans.quick, view: views.remotes };
  return tasks.run(work, (task) => service.remoteTest({ project, remote }, task));
}

export function testWords({ server, files, free }: RemoteTest): string {
  const facts = [server, fileCount(files)];
  if (free !== undefined) facts.push(vscode.l10n.t('{0} free', format.bytes(free)));
  return facts.join(', ');
}
