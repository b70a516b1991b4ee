import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { BackupError } from '../core/errors.ts';
import type { Asker, ConfirmQuestion, PassphraseQuestion, Progress } from '../core/task.ts';
import { describeConfirm, describePhase } from './words.ts';

/** What every command is told on the command line besides its own options. */
export interface Invocation {
  project: string;
  json: boolean;
  yes: boolean;
  trust: boolean;
  passphraseFile: string | undefined;
}

/** Whether somebody sits there: without a terminal nothing is ever asked. */
export function isInteractive(): boolean {
  return Boolean(process.stdin.isTTY && process.stderr.isTTY);
}

export function say(line: string): void {
  process.stderr.write(`${clearLine()}${line}\n`);
}

/** One line that is written over and over on a terminal; nothing where the output goes to a file. */
export function showProgress(progress: Progress): void {
  if (process.stderr.isTTY) process.stderr.write(`${clearLine()}${describePhase(progress)}`);
}

export function clearLine(): string {
  return process.stderr.isTTY ? '\r\x1b[2K' : '';
}

/**
 * Answers the core's questions from the command line: the passphrase from a file, the environment or a hidden prompt,
 * a confirmation from `--yes` or a prompt. One that was given and is wrong is given again, which the core takes as final.
 */
export function createAsker(invocation: Invocation, environmentPassphrase: string | undefined): Asker {
  const given = once(() => readPassphrase(invocation.passphraseFile) ?? environmentPassphrase);
  return {
    detailed: isInteractive() && !invocation.yes,
    passphrase: async (question) => {
      // The passphrase of a key is nobody's login: a remote is never given it.
      const known = question.kind === 'remote' ? undefined : given();
      if (known !== undefined) return known;
      return isInteractive() ? promptHidden(passphrasePrompt(question)) : undefined;
    },
    confirm: async (question) => {
      if (question.action === 'trust' ? invocation.trust : invocation.yes) return true;
      if (!isInteractive()) return false;
      return promptYes(question);
    },
  };
}

/**
 * A new passphrase for a key, asked twice on a terminal.
 * @param file that it is read from, `-` for stdin
 * @param ways to give it where nobody can be asked
 */
export async function newPassphrase(
  file: string | undefined,
  environmentPassphrase: string | undefined,
  ways: string,
): Promise<string> {
  const given = readPassphrase(file) ?? environmentPassphrase;
  if (given !== undefined) return given;
  if (!isInteractive()) {
    throw new BackupError(
      'passphrase-needed',
      'A new passphrase is needed, and nobody can be asked for it.',
      ways,
    );
  }
  const first = await promptHidden('New passphrase: ');
  const second = await promptHidden('The same again: ');
  if (first === second) return first;
  throw new BackupError('wrong-passphrase', 'The two passphrases differ.', 'Run the command again.');
}

function readPassphrase(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new BackupError(
      'usage',
      `The passphrase file ${file} cannot be read.`,
      'Check the path and its permissions.',
      { cause: error },
    );
  }
}

function passphrasePrompt({ kind, userId, attempt }: PassphraseQuestion): string {
  const again = attempt > 1 ? 'That was wrong. ' : '';
  if (kind === 'message') return `${again}Passphrase of the file: `;
  return `${again}${kind === 'remote' ? 'Password' : 'Passphrase'} of ${userId ?? 'the key'}: `;
}

function promptYes(question: ConfirmQuestion): Promise<boolean> {
  return askYes(describeConfirm(question));
}

/** Whether whoever sits at the terminal agrees, after reading these lines. */
export async function askYes(lines: readonly string[]): Promise<boolean> {
  for (const line of lines) say(line);
  return /^y(es)?$/i.test(await askLine('Go on? [y/N] '));
}

/** What is typed at the terminal, trimmed; empty where its input ends. */
export async function askLine(prompt: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<string>((done) => terminal.once('close', () => done('')));
  try {
    return (await Promise.race([terminal.question(`${clearLine()}${prompt}`), ended])).trim();
  } finally {
    terminal.close();
  }
}

/** Reads a line without showing it. Ctrl+C ends the program as it does elsewhere. */
function promptHidden(prompt: string): Promise<string> {
  const { stdin } = process;
  // Before the question stands there: what is typed at once would be shown.
  stdin.setRawMode(true);
  stdin.resume();
  stdin.setEncoding('utf8');
  process.stderr.write(`${clearLine()}${prompt}`);
  return new Promise((resolve, reject) => {
    let typed = '';
    const finish = () => {
      stdin.off('data', onData);
      stdin.setRawMode(false);
      stdin.pause();
      process.stderr.write('\n');
    };
    const onData = (text: string) => {
      for (const character of text) {
        if (character === '\r' || character === '\n' || character === '\u0004') {
          finish();
          resolve(typed);
          return;
        }
        if (character === '\u0003') {
          finish();
          reject(new BackupError('cancelled', 'Cancelled. Nothing was changed.'));
          return;
        }
        typed = character === '\u007f' || character === '\b' ? typed.slice(0, -1) : typed + character;
      }
    };
    stdin.on('data', onData);
  });
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
