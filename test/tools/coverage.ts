// Lines and branches of src/core that the tests reach: in their own processes, and in the built command line that they
// start. Runs that are killed on purpose count for nothing.
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { reachedInBundles } from './coverageOfBundles.ts';
import { addCoverage, type FileCoverage, printCoverage } from './coverageReport.ts';
import { root } from './paths.ts';

/** The tiers that together reach what there is to reach. */
export const coverageTiers = ['unit', 'property', 'interop'];

/** Percent below which a run fails. */
const least = { lines: 95, branches: 95 };

const folder = join(root, 'coverage');
const runs = join(folder, 'commands');

/** Forgets what earlier runs reached. @returns what the tests' environment has to have */
export async function beginCoverage(): Promise<Record<string, string>> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(runs, { recursive: true });
  return { DBBACKUP_TEST_COVERAGE: runs };
}

/** What Vitest is told, so that a tier leaves what it reached. */
export function coverageArguments(tier: string): string[] {
  return [
    '--coverage.enabled',
    '--coverage.reporter=json',
    '--coverage.reportOnFailure',
    `--coverage.reportsDirectory=${join(folder, tier)}`,
  ];
}

/** Adds up what all tiers reached and prints it. @returns false where that is too little */
export async function endCoverage(): Promise<boolean> {
  const total: Record<string, FileCoverage> = {};
  for (const tier of coverageTiers) addAll(total, await reachedBy(tier));
  const bundles = await reachedInBundles(runs);
  for (const path of Object.keys(total)) if (bundles[path]) addCoverage(total[path]!, bundles[path]);
  await rm(runs, { recursive: true, force: true });
  const { lines, branches } = printCoverage(total);
  if (lines >= least.lines && branches >= least.branches) return true;
  console.log(`coverage: at least ${least.lines} % of lines and ${least.branches} % of branches are wanted.`);
  return false;
}

async function reachedBy(tier: string): Promise<Record<string, FileCoverage>> {
  const file = join(folder, tier, 'coverage-final.json');
  return JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as Record<string, FileCoverage>;
}

function addAll(total: Record<string, FileCoverage>, more: Record<string, FileCoverage>): void {
  for (const [path, file] of Object.entries(more)) {
    if (total[path]) addCoverage(total[path], file);
    else total[path] = file;
  }
}
