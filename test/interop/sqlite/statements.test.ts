import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { splitStatements } from '../../../src/core/sqlite/statements.ts';
import { inPieces } from '../../support/bytes.ts';
import { hasProgram } from '../../support/programs.ts';

/** sqlite3_complete() itself, by way of Python: what it calls whole is cut off, and it begins anew. */
const program = `
import json, sqlite3, sys
for line in sys.stdin:
    text, start, parts = json.loads(line), 0, []
    for at, char in enumerate(text):
        if char == ';' and sqlite3.complete_statement(text[start:at + 1]):
            parts.append(text[start:at + 1])
            start = at + 1
    print(json.dumps([*parts, text[start:]]), flush=True)
`;

/** Everything that decides where a statement ends, thrown together without sense. */
const piece = fc.constantFrom(
  ...[';', ';', ';', ' ', '\n', '\r\n', '\t', ',', '(', ')', '.', '=', '-', '/', '*', '$', ':', '@'],
  ...[
    "'",
    '"',
    '`',
    '[',
    ']',
    "''",
    "'a;b'",
    '"a;b"',
    '`a;b`',
    '[a;b]',
    '--',
    '/*',
    '*/',
    '-- ;\n',
    '/* ; */',
  ],
  ...[
    'CREATE ',
    'create',
    'TEMP ',
    'temporary ',
    'TRIGGER ',
    'trigger',
    'EXPLAIN ',
    'explain',
    'QUERY PLAN ',
  ],
  ...[
    'BEGIN ',
    'END',
    'end',
    'END;',
    '; END ;',
    ';end;',
    'CASE WHEN 1 THEN 2 END',
    'SELECT 1',
    'INSERT',
    'x',
  ],
  ...['1', '1.5e3', 'end1', '_end', 'é', '🦄', 'ende', 'TABLE t(end)', 'CREATE TRIGGER t BEGIN A; END;'],
  ...['CREATE TEMP TRIGGER t BEGIN A; END ;', 'EXPLAIN CREATE TRIGGER t BEGIN A; END;', '\f', '\v'],
);
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

/** What stands before a statement's first token is none of it. */
function statementsOf(parts: string[]): string[] {
  return parts
    .map((part) => part.replace(/^(?:[ \t\n\f\r]|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$))*/, ''))
    .filter((part) => part !== '' && part !== ';');
}

async function split(sql: string, size: number): Promise<string[]> {
  const parts: string[] = [];
  for await (const part of splitStatements(inPieces(Buffer.from(sql), size)))
    if (!('comment' in part)) parts.push(part.bytes.toString());
  return parts;
}

describe.skipIf(!hasProgram('python3'))('statements', () => {
  let python: ChildProcess;
  let answers: AsyncIterator<string>;

  beforeAll(() => {
    python = spawn('python3', ['-c', program], { stdio: ['pipe', 'pipe', 'inherit'] });
    answers = createInterface({ input: python.stdout! })[Symbol.asyncIterator]();
  });
  afterAll(() => void python.kill());

  async function completed(sql: string): Promise<string[]> {
    python.stdin?.write(`${JSON.stringify(sql)}\n`);
    return JSON.parse((await answers.next()).value) as string[];
  }

  it('end where sqlite3_complete() says that they do', async () => {
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 50 }), async (sql, size) => {
        expect(await split(sql, size)).toEqual(statementsOf(await completed(sql)));
      }),
      { numRuns: Number(process.env.DBBACKUP_TEST_RUNS) || 1000 },
    );
  });
});
