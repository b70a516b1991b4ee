import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';

/** What the other process runs: SQL that comes in by the line, and a writer that goes on until it is told to stop. */
const program = `
const { DatabaseSync } = require('node:sqlite');
const database = new DatabaseSync(process.argv[1], { timeout: 5000 });
let writing = false, written = [];
const write = (sql, id, gap) => {
  if (!writing) return;
  database.prepare(sql).run(id);
  written.push(id);
  setTimeout(write, Math.random() * gap, sql, id + 1, gap);
};
const answers = {
  sql: ({ sql }) => { const found = []; for (const one of sql.split(';;')) found.push(...database.prepare(one).all()); return found; },
  write: ({ sql, gap }) => { writing = true; write(sql, 1, gap); },
  close: () => database.close(),
  stop: () => { writing = false; return written; },
};
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const question = JSON.parse(line);
  let answer;
  try { answer = { value: answers[question.ask](question) ?? null }; } catch (error) { answer = { error: error.message }; }
  console.log(JSON.stringify(answer));
});`;

/** A real second process that has a database open, as a server has. Ends with the test. */
export class OtherProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(path: string) {
    const stdio: ['pipe', 'pipe', 'inherit'] = ['pipe', 'pipe', 'inherit'];
    this.#child = spawn(process.execPath, ['--no-warnings', '-e', program, path], { stdio });
    const { stdout } = this.#child;
    if (!stdout) throw new Error('no pipe from the other process');
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
    onTestFinished(() => this.kill());
  }

  /** Runs statements, parted by `;;`, and gives all their rows back. */
  async sql(sql: string): Promise<Record<string, unknown>[]> {
    return (await this.#ask({ ask: 'sql', sql })) as Record<string, unknown>[];
  }

  /** Runs a statement with 1, 2, 3 … as its parameter, with pauses of up to `gap` milliseconds, until {@link stop}. */
  async write(sql: string, gap: number): Promise<void> {
    await this.#ask({ ask: 'write', sql, gap });
  }

  /** @returns the numbers whose statement was committed */
  async stop(): Promise<number[]> {
    return (await this.#ask({ ask: 'stop' })) as number[];
  }

  /** Closes the database as a server does that is stopped, and ends. */
  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    await this.#ask({ ask: 'close' });
    this.#child.stdin?.end();
    await ended;
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  async #ask(question: object): Promise<unknown> {
    this.#child.stdin?.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the other process has ended');
    const answer = JSON.parse(value) as { value: unknown; error?: string };
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.value;
  }
}
