import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchiveKind } from '../../src/core/media/archive.ts';
import { moveIn } from '../../src/core/media/moveIn.ts';
import { type MoveMode, type MovePlan, planMoveIn } from '../../src/core/media/planMoveIn.ts';
import { type StageOptions, stageArchive } from '../../src/core/media/stage.ts';
import type { Bytes, Warning } from '../../src/core/task.ts';

export const never = new AbortController().signal;

export async function collect(source: Bytes): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Bytes in pieces of a size, as no pipe promises any other. */
export async function* inPieces(bytes: Uint8Array, size = 1 << 16): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function archiveTo(file: string, source: Bytes): Promise<string> {
  await writeFile(file, source);
  return file;
}

export interface Restored {
  plan: MovePlan;
  undoFolder: string;
  warnings: Warning[];
}

let restores = 0;

/** Unpacks an archive and moves it into a root, as a restore does. */
export async function restoreInto(
  root: string,
  scratch: string,
  source: Bytes,
  kind: ArchiveKind,
  mode: MoveMode = 'replace',
  options: Partial<StageOptions> & { createRoot?: boolean } = {},
): Promise<Restored> {
  const warnings: Warning[] = [];
  const task = { signal: never, onWarning: (warning: Warning) => void warnings.push(warning), ...options };
  const staged = await stageArchive(source, kind, join(scratch, `staging-${++restores}`), task);
  const plan = await planMoveIn(staged, root, mode, {
    ...task,
    exclude: [],
    createRoot: options.createRoot ?? true,
  });
  const undoFolder = join(scratch, `undo-${restores}`);
  await moveIn(plan, undoFolder, task);
  return { plan, undoFolder, warnings: [...warnings, ...plan.warnings] };
}
