import { spawn, spawnSync } from 'node:child_process';
import { cliFile } from './cli.ts';

/** Whether there is the program that gives another one a terminal: `script` of util-linux, whose options others do not know. */
export const hasTerminal = /util-linux/.test(
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '',
);

export interface TerminalRun {
  exit: number;
  /** All that stood on the screen, what was typed among it. */
  screen: string;
}

/** Runs the built command line at a terminal, and types each answer once its question stands there. */
export function atTerminal(
  folder: string,
  environment: NodeJS.ProcessEnv,
  args: readonly string[],
  answers: readonly (readonly [question: RegExp, answer: string])[],
): Promise<TerminalRun> {
  const words = [process.execPath, cliFile, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const child = spawn('script', ['-qefc', words.join(' '), '/dev/null'], {
    cwd: folder,
    env: { ...process.env, TERM: 'dumb', ...environment },
  });
  const open = [...answers];
  let screen = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    const [next] = open;
    if (!next?.[0].test(screen.slice(seen))) return;
    open.shift();
    seen = screen.length;
    child.stdin.write(`${next[1]}\r`);
  });
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (code) => done({ exit: code ?? -1, screen }));
  });
}
