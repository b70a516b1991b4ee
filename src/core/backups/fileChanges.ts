import type { MovePlan } from '../media/planMoveIn.ts';
import type { FileChanges } from '../task.ts';

type Changes = Pick<MovePlan, 'added' | 'replaced' | 'removed'>;

/** They cross a thread and are read by people. */
const mostPaths = 10_000;

export function countsOf({ added, replaced, removed }: Changes): FileChanges {
  return { added: added.length, replaced: replaced.length, removed: removed.length };
}

export function withPaths(changes: Changes): FileChanges {
  const first = (paths: string[]) => paths.slice(0, mostPaths);
  const { added, replaced, removed } = changes;
  const paths = { added: first(added), replaced: first(replaced), removed: first(removed) };
  return { ...countsOf(changes), paths };
}
