import { readFile } from 'node:fs/promises';

/** What became of one tier's tests. */
export interface Sum {
  passed: number;
  failed: number;
  skipped: number;
  /** The titles of skipped tests, to be said aloud. */
  skips: string[];
}

/** The sum of nothing. */
export function emptySum(): Sum {
  return { passed: 0, failed: 0, skipped: 0, skips: [] };
}

/** The counts as every run ends: `N passed, N failed, N skipped`. */
export function counts({ passed, failed, skipped }: Sum): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

interface Assertion {
  status: 'passed' | 'failed' | 'skipped' | 'pending' | 'todo' | 'disabled';
  fullName: string;
}

interface VitestReport {
  testResults: { name: string; status: 'passed' | 'failed'; assertionResults: Assertion[] }[];
}

interface HostReport {
  tests: { title: string; state: 'passed' | 'failed' | 'skipped' }[];
}

/**
 * Reads a tier's report (Vitest's JSON, or the one test/host/index.ts writes) and adds what it cannot show: a file that
 * would not load, and a run that failed although every test in its report passed, each count as one failure.
 */
export async function readSum(file: string, exitCode: number): Promise<Sum> {
  const sum = emptySum();
  const report = await readReport(file);
  if (report && 'testResults' in report) addVitest(sum, report);
  else for (const test of report?.tests ?? []) add(sum, test.state, test.title);
  const crashed = report === undefined || exitCode !== 0;
  if (crashed && sum.failed === 0) sum.failed = 1;
  return sum;
}

/** A report that was never written, or only half, is none. */
async function readReport(file: string): Promise<VitestReport | HostReport | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as VitestReport | HostReport;
  } catch {
    return undefined;
  }
}

function addVitest(sum: Sum, report: VitestReport): void {
  for (const { name, status, assertionResults } of report.testResults) {
    for (const test of assertionResults) {
      const state = test.status === 'passed' || test.status === 'failed' ? test.status : 'skipped';
      add(sum, state, test.fullName);
    }
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed'))
      add(sum, 'failed', name);
  }
}

function add(sum: Sum, state: 'passed' | 'failed' | 'skipped', title: string): void {
  sum[state]++;
  if (state === 'skipped') sum.skips.push(title);
}
