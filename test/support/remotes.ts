import type { RemoteContext } from '../../src/core/remotes/remote.ts';

/** Faults pass fast here: short waits, and a silence of 2 s is a break. */
export const testPace = { idleMs: 2000, attempts: 4, firstDelayMs: 10 };

/** A context that knows no secret and trusts no host, unless a test says otherwise. */
export function remoteContext(folder: string, more: Partial<RemoteContext> = {}): RemoteContext {
  return {
    home: `${folder}/dbbackup`,
    environment: { PATH: process.env.PATH, HOME: folder },
    workspace: `${folder}/workspace`,
    secret: async () => undefined,
    trustHost: async () => false,
    pace: testPace,
    ...more,
  };
}

export const noSignal: AbortSignal = new AbortController().signal;
