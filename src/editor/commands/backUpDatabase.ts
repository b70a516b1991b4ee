import { basename, extname } from 'node:path';
import * as vscode from 'vscode';
import { BackupError } from '../../core/errors.ts';
import type { ProjectRequest } from '../../core/project/project.ts';
import type { BackupAnswer } from '../../core/service.ts';
import { pickDatabases } from '../input/pickDatabase.ts';
import { pickSession } from '../input/pickSession.ts';
import { plans } from '../progressPlan.ts';
import { revealFile } from '../reveal.ts';
import type { Session } from '../session.ts';
import { commands, views } from '../settings.ts';
import { lockWords } from '../views/items.ts';
import { dot, format, rowCount, tableCount } from '../words.ts';
import type { Editor, Handler } from './command.ts';
import { firstRecipient } from './firstRecipient.ts';
import { nodeOf, uriOf } from './targets.ts';
import { warningFixes } from './warningFixes.ts';

type Parts = Pick<Editor, 'service' | 'sessions' | 'tasks' | 'recipients' | 'notices' | 'tree' | 'log'>;

/** *Back Up Database*: of the project, of the database under the pointer, or of a SQLite file in the explorer. */
export function createBackUpDatabase(parts: Parts): Handler {
  return async (first) => {
    const title = vscode.l10n.t('Back Up Database');
    const session = nodeOf(first)?.session ?? (await pickSession(parts.sessions, title, uriOf(first)));
    const what = await databasesOf(first, session, title);
    const answer = await backUp(session, what, parts);
    await session.refresh();
    const [made] = answer.backups;
    if (made) await parts.tree.show(session, made.path);
    for (const { path, bytes, sha256 } of answer.backups) {
      parts.log.info(`backed up: ${path}, ${bytes} bytes, SHA-256 ${sha256}`);
    }
    sayMade(answer);
    parts.notices.show(answer.warnings, warningFixes);
    return answer;
  };
}

interface What {
  project: ProjectRequest;
  databases: string[] | undefined;
}

async function databasesOf(first: unknown, session: Session, title: string): Promise<What> {
  const node = nodeOf(first);
  if (node?.type === 'group' && node.group.database !== undefined) {
    return { project: session.request, databases: [node.group.database] };
  }
  const project = await session.project();
  const file = uriOf(first)?.fsPath;
  if (file === undefined) {
    return { project: session.request, databases: await pickDatabases(project, title) };
  }
  const known = project.databases.find(({ path }) => path === file);
  if (known) return { project: session.request, databases: [known.alias] };
  // A file that the project does not name is backed up under its own name.
  const alias = basename(file, extname(file));
  const settings = { ...session.request.settings, databases: [{ alias, path: file }] };
  return { project: { ...session.request, settings }, databases: [alias] };
}

async function backUp(session: Session, { project, databases }: What, parts: Parts): Promise<BackupAnswer> {
  const { service, tasks } = parts;
  const title = vscode.l10n.t('Backing up {0}', databases?.join(', ') ?? session.folder.name);
  const attempt = (encrypt?: false, recipients?: string[]) =>
    tasks.run({ title, plan: plans.backup, view: views.backups }, (task) =>
      service.backup(
        {
          project,
          what: 'database',
          ...(databases ? { databases } : {}),
          ...(encrypt === false ? { encrypt } : {}),
          ...(recipients ? { recipients } : {}),
        },
        task,
      ),
    );
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'no-recipient') throw error;
    const decided = await firstRecipient(session, parts.recipients);
    return decided === 'plain' ? attempt(false) : attempt(undefined, decided);
  }
}

function sayMade({ backups }: BackupAnswer): void {
  const [made, ...more] = backups;
  if (!made) return;
  const facts = backups.map(({ file, tables, rows, bytes, encrypted }) =>
    [file, tableCount(tables), rowCount(rows), format.bytes(bytes), lockWords({ encrypted })].join(dot),
  );
  const message =
    more.length === 0
      ? vscode.l10n.t('Backed up: {0}', facts[0] ?? '')
      : vscode.l10n.t('{0} databases backed up: {1}', format.number(backups.length), facts.join('; '));
  const reveal = vscode.l10n.t('Reveal');
  const showLog = vscode.l10n.t('Show Log');
  void vscode.window.showInformationMessage(message, reveal, showLog).then((chosen) => {
    if (chosen === reveal) return revealFile(made.path);
    if (chosen === showLog) return vscode.commands.executeCommand(commands.showLog);
    return undefined;
  });
}
