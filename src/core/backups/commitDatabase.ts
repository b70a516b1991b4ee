import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BackupError, throwIfCancelled } from '../errors.ts';
import { freeBytes } from '../files/freeSpace.ts';
import type { Task, Warning } from '../task.ts';
import type { Resources } from './resources.ts';
import { noteFinished } from './settleUndo.ts';
import { evictUndo, forgetUndo, type KeptUndo, keepDatabase } from './undo.ts';

export interface CommitRequest {
  /** A finished private database. */
  stagingPath: string;
  livePath: string;
  /** What is being put in, for the undo's note. */
  from: string;
  keepUndo: boolean;
  /** Makes the staged database anew from the live one: what it was made from must be what it replaces. */
  restage?: () => Promise<unknown>;
}

/** How often rows that arrive between the undo copy and the commit start it over before the database counts as busy. */
const mostRounds = 20;

/**
 * Keeps the live database for undo and puts the staged one in its place under SQLite's locks. Where another process
 * commits in between, both are done again: nobody's last rows are in neither.
 */
export async function commitDatabase(
  request: CommitRequest,
  resources: Resources,
  task: Task,
): Promise<{ undo: KeptUndo | null; warnings: Warning[] }> {
  const engine = await resources.engine();
  await requireRoom(request, resources);
  for (let round = 0; round < mostRounds; round++) {
    throwIfCancelled(task.signal);
    const token = await engine.contentToken(request.livePath);
    await request.restage?.();
    task.report({ phase: 'keeping-undo' });
    const undo = request.keepUndo
      ? await keepDatabase(request.livePath, request.from, resources, task)
      : null;
    try {
      task.report({ phase: 'committing' });
      const { stagingPath, livePath } = request;
      const result = await engine.commit({ stagingPath, livePath, unlessMovedFrom: token }, task);
      if (result.outcome === 'committed') {
        // Where this cannot be noted, the database itself tells: see settleUndo.
        if (undo) await noteFinished(undo, resources.home).catch(() => undefined);
        await evictUndo(resources.home, livePath, resources.now());
        return { undo, warnings: result.restartNeeded ? [restartWarning(livePath)] : [] };
      }
    } catch (error) {
      if (undo) await forgetUndo(resources.home, undo.id);
      throw error;
    }
    if (undo) await forgetUndo(resources.home, undo.id);
  }
  throw new BackupError(
    'busy',
    `${request.livePath} is written to all the time: it changed ${mostRounds} times while its undo copy was made.`,
    'Stop the server for a moment and try again.',
  );
}

function restartWarning(livePath: string): Warning {
  return {
    code: 'restart-needed',
    message: `${livePath} was replaced as a file. Processes that have it open still see the old one.`,
    hint: 'Restart the server.',
  };
}

/** The undo copy needs the live database's size at home, the commit's journal as much again beside the live file. */
async function requireRoom(request: CommitRequest, { home }: Resources): Promise<void> {
  const live = (await stat(request.livePath).catch(() => undefined))?.size ?? 0;
  const staged = (await stat(request.stagingPath)).size;
  if (request.keepUndo) await requireFree(home, live, 'the undo copy');
  await requireFree(dirname(request.livePath), staged, 'the restored database and its journal');
}

async function requireFree(folder: string, bytes: number, what: string): Promise<void> {
  const free = await freeBytes(folder);
  if (free === null || free >= bytes) return;
  throw new BackupError(
    'disk-full',
    `There is no room for ${what}: ${folder} has ${free} bytes free, ${bytes} are needed.`,
    'Free some space and try again.',
  );
}
