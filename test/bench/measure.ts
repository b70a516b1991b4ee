import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** One run of a command line, the whole process tree of it. */
export interface Run {
  seconds: number;
  /** Sum of what the processes held at the moment they held most, in MB (10^6 bytes); shared pages count in each. */
  megabytes: number;
}

const pollMs = 15;

/** Runs a shell command to its end and watches the memory of everything it started. @throws where it fails */
export async function measure(command: string, environment: NodeJS.ProcessEnv): Promise<Run> {
  const started = performance.now();
  const child = spawn('bash', ['-o', 'pipefail', '-c', command], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  let most = 0;
  const poll = setInterval(() => {
    most = Math.max(most, residentBytes(child.pid ?? 0));
  }, pollMs);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearInterval(poll);
  if (code !== 0) throw new Error(`${command}\nended with ${code}: ${Buffer.concat(said).toString()}`);
  return { seconds: (performance.now() - started) / 1000, megabytes: most / 1e6 };
}

function residentBytes(root: number): number {
  const parents = new Map<number, number[]>();
  const pages = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The program's name, in brackets, may hold blanks; the parent is the second field after it (proc(5)).
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      parents.set(parent, [...(parents.get(parent) ?? []), Number(name)]);
      pages.set(Number(name), Number(readFileSync(`/proc/${name}/statm`, 'utf8').split(' ')[1]));
    } catch {
      // It ended while it was looked at.
    }
  }
  const sum = (pid: number): number =>
    (pages.get(pid) ?? 0) * 4096 + (parents.get(pid) ?? []).reduce((total, child) => total + sum(child), 0);
  return sum(root);
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
