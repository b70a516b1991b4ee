import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../errors.ts';
import { systemCode } from '../files/fileProblem.ts';
import { tidy } from '../files/tidy.ts';
import type { Change, Stamp } from './change.ts';
import type { FilePort } from './filePort.ts';

/** What stands in an undo folder before the first live file is touched, and what it takes to bring the old tree back. */
export interface Journal {
  version: 1;
  change: Change;
  /** Leads from the new tree back to the old one. Its files lie in the undo folder. */
  inverse: Change;
  /** Of what went in, by path: what may be taken out again without asking. */
  stamps: Record<string, Stamp>;
  /** Name of the temporary files beside the live ones, to be swept after a crash. */
  part: string;
}

const journalName = 'journal.json';
const doneName = 'done';

/** Where the old files are kept; numbered, because their paths may be too long below another folder. */
export function keptPath(undoFolder: string, number: number): string {
  return join(undoFolder, 'kept', String(number));
}

export async function writeJournal(files: FilePort, undoFolder: string, journal: Journal): Promise<void> {
  await files.writeText(join(undoFolder, journalName), JSON.stringify(journal));
  await files.syncFolder(undoFolder);
}

export async function markDone(files: FilePort, undoFolder: string): Promise<void> {
  await files.writeText(join(undoFolder, doneName), '');
  await files.syncFolder(undoFolder);
}

/** Before a roll-back: one that stops half-way is no finished change. */
export async function unmarkDone(undoFolder: string): Promise<void> {
  await rm(join(undoFolder, doneName), { force: true });
}

/** Removes an undo folder. The journal goes first: without it, nobody takes the rest for an undo. */
export async function discardUndo(undoFolder: string): Promise<void> {
  await tidy(join(undoFolder, journalName), undoFolder);
}

/** The journal and whether its change came to its end; undefined where nothing was begun. */
export async function readJournal(
  undoFolder: string,
): Promise<{ journal: Journal; done: boolean } | undefined> {
  const text = await textOf(join(undoFolder, journalName));
  if (text === undefined) return undefined;
  try {
    const journal = JSON.parse(text) as Journal;
    if (journal.version !== 1) throw new Error(`version ${journal.version}`);
    return { journal, done: (await textOf(join(undoFolder, doneName))) !== undefined };
  } catch (error) {
    throw new BackupError(
      'undo-impossible',
      `The undo copy in ${undoFolder} cannot be read.`,
      `The files it keeps are in ${join(undoFolder, 'kept')}.`,
      { cause: error },
    );
  }
}

async function textOf(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
}
