import * as vscode from 'vscode';
import type { Backup, NotesAsk } from '../../core/service.ts';
import { pickBackups } from '../input/pickBackup.ts';
import { pickSession } from '../input/pickSession.ts';
import type { Session } from '../session.ts';
import type { Editor, Handler } from './command.ts';
import { backupNodesOf, sessionOf } from './targets.ts';

type Parts = Pick<Editor, 'service' | 'sessions' | 'tasks'>;
type Notes = Pick<NotesAsk, 'label' | 'note' | 'pinned'>;

/** *Label…*: a few words that stand beside a backup. */
export function createLabelBackup(parts: Parts): Handler {
  return noting(vscode.l10n.t('Label'), parts, async ([first]) => ({
    label: await askText(
      vscode.l10n.t('Label'),
      vscode.l10n.t('A few words to know it by; empty for none'),
      first?.label,
    ),
  }));
}

/** *Note…*: what there is to know about a backup; it stands in the tooltip. */
export function createNoteBackup(parts: Parts): Handler {
  return noting(vscode.l10n.t('Note'), parts, async ([first]) => ({
    note: await askText(
      vscode.l10n.t('Note'),
      vscode.l10n.t('What there is to know about it; empty for none'),
      first?.note,
    ),
  }));
}

/** *Pin* and *Unpin*: a pinned backup is never pruned. */
export function createPinBackup(pinned: boolean, parts: Parts): Handler {
  return noting(pinned ? vscode.l10n.t('Pin') : vscode.l10n.t('Unpin'), parts, async () => ({ pinned }));
}

function noting(title: string, parts: Parts, ask: (backups: Backup[]) => Promise<Notes>): Handler {
  const { service, sessions, tasks } = parts;
  return async (first, all) => {
    const chosen = await choose(first, all, title, sessions);
    const notes = await ask([...chosen.values()].flat());
    const noted: Backup[] = [];
    for (const [session, backups] of chosen) {
      const files = backups.map(({ path }) => path);
      const request = { project: session.request, files, ...notes };
      const answer = await tasks
        .quietly((task) => service.noteOnBackups(request, task))
        .finally(() => session.refresh());
      noted.push(...answer);
    }
    return noted;
  };
}

async function choose(first: unknown, all: unknown, title: string, sessions: Editor['sessions']) {
  const chosen = new Map<Session, Backup[]>();
  for (const { session, backup } of backupNodesOf(first, all)) {
    chosen.set(session, [...(chosen.get(session) ?? []), backup]);
  }
  if (chosen.size > 0) return chosen;
  const session = sessionOf(first) ?? (await pickSession(sessions, title));
  return chosen.set(session, await pickBackups(session, title));
}

/** @throws CancellationError */
async function askText(title: string, prompt: string, value = ''): Promise<string> {
  const answer = await vscode.window.showInputBox({ title, prompt, value });
  if (answer === undefined) throw new vscode.CancellationError();
  return answer;
}
