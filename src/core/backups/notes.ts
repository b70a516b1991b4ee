import { BackupError } from '../errors.ts';
import type { Project } from '../project/project.ts';
import type { Backup, NotesAsk } from '../service.ts';
import type { Task } from '../task.ts';
import { type CatalogueEntry, changeEntry, entriesAt } from './catalogue.ts';
import { findOwn } from './deleteBackups.ts';
import { listBackups } from './list.ts';

const longestLabel = 100;
const longestNote = 10_000;

/** Backups with what the catalogue knows of them beyond their files. */
export async function withNotes(backups: readonly Backup[], home: string): Promise<Backup[]> {
  const entries = await entriesAt(home, backups);
  return backups.map((backup) => {
    const entry = entries.get(backup.path);
    return entry ? { ...backup, ...notesOf(entry) } : backup;
  });
}

/**
 * Labels backups of the project's folder, notes something about them, pins them or no longer; what is left out stays, and an
 * empty text takes a label or note away.
 * @throws BackupError no-such-file; usage for a text that is too long
 */
export async function noteOnBackups(
  { files, label, note, pinned }: Omit<NotesAsk, 'project'>,
  project: Project,
  home: string,
  task: Pick<Task, 'signal'>,
): Promise<Backup[]> {
  const all = await listBackups(project);
  const chosen = files.map((file) => findOwn(file, all));
  const texts = {
    ...(label === undefined ? {} : { label: checked(oneLine(label), longestLabel, 'label') }),
    ...(note === undefined ? {} : { note: checked(note.trim(), longestNote, 'note') }),
  };
  for (const { path } of chosen) {
    await changeEntry(home, path, task.signal, (entry) =>
      tidied({ ...entry, ...texts, ...(pinned === undefined ? {} : { pinned }) }),
    );
  }
  return withNotes(chosen, home);
}

function notesOf(entry: CatalogueEntry): Partial<Backup> {
  const { label, note, pinned, drill, copies, facts } = entry;
  const git = {
    ...(typeof facts.branch === 'string' ? { branch: facts.branch } : {}),
    ...(typeof facts.commit === 'string' ? { commit: facts.commit } : {}),
  };
  const remotes = Object.keys(copies ?? {});
  return {
    ...(label ? { label } : {}),
    ...(note ? { note } : {}),
    ...(pinned ? { pinned } : {}),
    ...(drill ? { drill } : {}),
    ...(remotes.length > 0 ? { copies: remotes } : {}),
    ...(Object.keys(git).length > 0 ? { git } : {}),
  };
}

/** What is not set is not written. */
function tidied({ label, note, pinned, ...entry }: CatalogueEntry): CatalogueEntry {
  return { ...entry, ...(label ? { label } : {}), ...(note ? { note } : {}), ...(pinned ? { pinned } : {}) };
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

function checked(text: string, longest: number, what: string): string {
  if (text.length <= longest) return text;
  throw new BackupError('usage', `A ${what} has at most ${longest} characters.`, 'Make it shorter.');
}
