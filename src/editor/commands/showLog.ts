import type { Editor, Handler } from './command.ts';

/** *Show Log*. */
export function createShowLog({ log }: Pick<Editor, 'log'>): Handler {
  return async () => log.show(true);
}
