import type { Editor, Handler } from './command.ts';

/** *Refresh*: reads every project and its backups again, and looks at the remotes anew. */
export function createRefresh({
  sessions,
  welcome,
  listings,
}: Pick<Editor, 'sessions' | 'welcome' | 'listings'>): Handler {
  return async () => {
    await sessions.refresh();
    listings.refresh();
    await welcome.update();
  };
}
