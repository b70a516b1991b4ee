import { closeSync } from 'node:fs';

/**
 * POSIX drops ALL locks that a process holds on a file when ANY descriptor of that file is closed
 * (https://sqlite.org/howtocorrupt.html, 2.2). SQLite minds that among its own descriptors; one of ours on a live
 * database must wait until no connection of this process has the file open.
 */
const connections = new Map<string, number>();
const waiting = new Map<string, number[]>();

/** Notes that a connection to a live database was opened; what is given back notes, once, that it was closed. */
export function connectionOpened(path: string): () => void {
  connections.set(path, (connections.get(path) ?? 0) + 1);
  let open = true;
  return () => {
    if (!open) return;
    open = false;
    const left = connections.get(path)! - 1;
    if (left > 0) connections.set(path, left);
    else connections.delete(path);
    closeWaiting(path);
  };
}

/** Closes a descriptor of a live database as soon as that breaks no lock. */
export function closeWhenUnlocked(path: string, descriptor: number): void {
  waiting.set(path, [...(waiting.get(path) ?? []), descriptor]);
  closeWaiting(path);
}

function closeWaiting(path: string): void {
  if (connections.has(path)) return;
  for (const descriptor of waiting.get(path) ?? []) closeSync(descriptor);
  waiting.delete(path);
}
