import type { Editor, Handler } from './command.ts';

/** *Refresh*: reads every project and its backups again. */
export function createRefresh({ sessions, welcome }: Pick<Editor, 'sessions' | 'welcome'>): Handler {
  return async () => {
    await sessions.refresh();
    await welcome.update();
  };
}
