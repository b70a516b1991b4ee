import { compareDatabases } from '../sqlite/compare.ts';
import { type Contents, contentsOf } from '../sqlite/contents.ts';
import type { Connection } from '../sqlite/engine.ts';
import { schemaScript } from '../sqlite/schemaScript.ts';
import type { TableChange, Task } from '../task.ts';
import type { Resources } from './resources.ts';

/**
 * What putting a private database in the place of the live one would change, table by table. Row by row where somebody
 * will read it; else by counts, which cost next to nothing.
 */
export async function changesAgainstLive(
  livePath: string,
  stagedPath: string,
  after: Contents,
  depth: 'counts' | 'rows',
  resources: Resources,
  task: Task,
): Promise<TableChange[]> {
  const live = await openLive(livePath, resources, task);
  if (!live) return compareCounts({ tables: 0, rows: 0, tableRows: [] }, after);
  try {
    if (depth === 'counts') return compareCounts(contentsOf(live), after);
    const staged = await (await resources.engine()).openPrivate(stagedPath);
    try {
      return await compareDatabases(live, staged, task, stagedPath);
    } finally {
      staged.close();
    }
  } finally {
    live.close();
  }
}

/** Whether a private database has the live one's schema, to the letter; no where there is no live one. */
export async function hasLiveSchema(
  livePath: string,
  stagedPath: string,
  resources: Resources,
  task: Task,
): Promise<boolean> {
  const live = await openLive(livePath, resources, task);
  if (!live) return false;
  const staged = await (await resources.engine()).openPrivate(stagedPath);
  try {
    return schemaScript(live) === schemaScript(staged);
  } finally {
    staged.close();
    live.close();
  }
}

/** What the live database holds now; nothing where there is none. */
export async function liveContents(livePath: string, resources: Resources, task: Task): Promise<Contents> {
  const live = await openLive(livePath, resources, task);
  if (!live) return { tables: 0, rows: 0, tableRows: [] };
  try {
    return contentsOf(live);
  } finally {
    live.close();
  }
}

async function openLive(livePath: string, resources: Resources, task: Task): Promise<Connection | undefined> {
  const engine = await resources.engine();
  return (await engine.shapeOf(livePath)) ? engine.openSnapshot(livePath, task) : undefined;
}

/** Rows per table now and after, for every table of either. */
export function compareCounts(now: Contents, after: Contents): TableChange[] {
  const names = [...new Set([...now.tableRows, ...after.tableRows].map(({ name }) => name))].sort();
  const rowsIn = (contents: Contents, name: string) =>
    contents.tableRows.find((table) => table.name === name)?.rows ?? null;
  return names.map((name) => ({ name, rowsNow: rowsIn(now, name), rowsAfter: rowsIn(after, name) }));
}
