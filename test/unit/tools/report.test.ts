import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder } from '../../support/scratch.ts';
import { counts, readSum } from '../../tools/report.ts';

async function sumOf(report: object | undefined, exitCode: number) {
  const file = join(await scratchFolder(), 'report.json');
  if (report) await writeFile(file, JSON.stringify(report));
  return await readSum(file, exitCode);
}

const assertion = (status: string) => ({ status, fullName: `a test that ${status}` });

test('adds up passed, failed and skipped tests of a Vitest report', async () => {
  const sum = await sumOf(
    {
      testResults: [
        { name: 'a.test.ts', status: 'failed', assertionResults: [assertion('passed'), assertion('failed')] },
        { name: 'b.test.ts', status: 'passed', assertionResults: [assertion('pending'), assertion('todo')] },
      ],
    },
    1,
  );
  expect(counts(sum)).toBe('1 passed, 1 failed, 2 skipped');
  expect(sum.skips).toEqual(['a test that pending', 'a test that todo']);
});

test('counts a test file that would not load as failed', async () => {
  const sum = await sumOf(
    { testResults: [{ name: 'a.test.ts', status: 'failed', assertionResults: [] }] },
    1,
  );
  expect(counts(sum)).toBe('0 passed, 1 failed, 0 skipped');
});

test('counts a run without a report as failed', async () => {
  expect(counts(await sumOf(undefined, 0))).toBe('0 passed, 1 failed, 0 skipped');
});

test('counts a failing exit code behind a clean report as failed', async () => {
  const sum = await sumOf(
    { testResults: [{ name: 'a', status: 'passed', assertionResults: [assertion('passed')] }] },
    1,
  );
  expect(counts(sum)).toBe('1 passed, 1 failed, 0 skipped');
});

test('reads the report of the host tier', async () => {
  const tests = [
    { title: 'a', state: 'passed' },
    { title: 'b', state: 'skipped' },
  ];
  expect(counts(await sumOf({ host: 'some host', tests }, 0))).toBe('1 passed, 0 failed, 1 skipped');
});
