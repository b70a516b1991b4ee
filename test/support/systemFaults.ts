import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A call that was counted: `fsync …/db.sqlite3-journal`. */
export interface SystemCall {
  name: string;
  path: string;
}

/** A kill comes before the call, after it, or halfway through a write; an error comes in its place. */
export type Fault = 'KILL' | 'AFTER' | 'TORN' | 'ENOSPC' | 'EIO' | 'EACCES' | 'EMFILE';

/** What preloads the library into a command, and reads what it noted. */
export interface SystemFaults {
  /** @param under only files whose path begins so are counted */
  environment(under: string, fault?: { call: number; kind: Fault }): Record<string, string>;
  /** The calls since the last time this was asked. */
  calls(): SystemCall[];
}

const source = resolve(import.meta.dirname, 'systemFault.c');

/** Whether the library can be made and preloaded here. */
export const canFailSystemCalls =
  process.platform === 'linux' && spawnSync('gcc', ['--version'], { stdio: 'ignore' }).error === undefined;

/** Compiles the library that fails system calls, those of SQLite included. */
export function systemFaults(): SystemFaults {
  const folder = mkdtempSync(join(tmpdir(), 'dbbackup-fault-'));
  const [library, log] = [join(folder, 'fault.so'), join(folder, 'log')];
  const made = spawnSync('gcc', ['-O1', '-Wall', '-shared', '-fPIC', '-o', library, source, '-ldl'], {
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`gcc: ${made.stderr}`);
  return {
    environment: (under, fault) => ({
      LD_PRELOAD: library,
      DBBACKUP_SYSTEM_UNDER: under,
      DBBACKUP_SYSTEM_LOG: log,
      DBBACKUP_SYSTEM_FAULT: fault ? `${fault.call}:${numberOf(fault.kind)}` : '',
    }),
    calls: () => {
      const lines = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [];
      rmSync(log, { force: true });
      return lines.map((line) => ({
        name: line.slice(0, line.indexOf(' ')),
        path: line.slice(line.indexOf(' ') + 1),
      }));
    },
  };
}

function numberOf(kind: Fault): string {
  return kind === 'KILL' || kind === 'AFTER' || kind === 'TORN' ? kind : String(constants.errno[kind]);
}
