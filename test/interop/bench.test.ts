import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { execPath } from 'node:process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { hasProgram } from '../support/programs.ts';
import { scratchFolder } from '../support/scratch.ts';

const root = resolve(import.meta.dirname, '../..');
const needed = ['gpg', 'sqlite3', 'gzip', 'tar'];

describe.skipIf(!needed.every((program) => hasProgram(program)))('the bench', () => {
  it('weighs ours and the reference side by side, and prints and keeps what it saw', async () => {
    const json = join(await scratchFolder(), 'bench.json');
    const args = [
      'test/bench/bench.ts',
      '--size',
      '1m',
      '--rounds',
      '1',
      '--only',
      'snapshot',
      '--json',
      json,
    ];
    const { stdout } = await promisify(execFile)(execPath, args, { cwd: root });
    expect(stdout).toMatch(/\| encrypted snapshot \| [\d.]+ \| .*gzip.* \| [\d.]+x \|/);
    expect(stdout).toMatch(/Longest stall .*: \d+ ms/);
    const { rows, stages } = JSON.parse(await readFile(json, 'utf8'));
    expect(rows.map(({ work }: { work: string }) => work)).toEqual([
      'encrypted snapshot',
      'restore of a snapshot',
    ]);
    for (const row of rows) {
      expect(row.ourSeconds).toBeGreaterThan(0);
      expect(row.ourMegabytes).toBeGreaterThan(20);
      expect(row.ourSize).toBeGreaterThan(400_000);
      expect(row.referenceSize).toBeGreaterThan(300_000);
    }
    expect(stages.length).toBeGreaterThan(4);
  });
});
