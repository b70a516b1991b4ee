// Runs the tiers in order, each in a process of its own, and ends with the true sum over their reports.
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programPath } from '../support/servers/daemon.ts';
import { findChromium } from './chromium.ts';
import { ensureCodeServer } from './codeServer.ts';
import { beginCoverage, coverageArguments, coverageTiers, endCoverage } from './coverage.ts';
import { resultsFolder, root } from './paths.ts';
import { counts, emptySum, readSum, type Sum } from './report.ts';

const tiers = ['unit', 'property', 'interop', 'host', 'package', 'e2e'];
/** What the interop tier wants of the system; .ci/run installs the packages they come in. */
const programs = [
  'gcc',
  'gpg',
  'sqlite3',
  'python3',
  'tar',
  'zip',
  'unzip',
  'sshd',
  'ssh-keygen',
  'pure-ftpd',
  'openssl',
];
const shownSkips = 20;
const tierLimit = 20 * 60_000;
const deadline = Date.now() + 34 * 60_000;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !tiers.includes(name));
if (unknown.length > 0) {
  console.error(`There is no tier ${unknown.join(', ')}; the tiers are ${tiers.join(', ')}.`);
  process.exit(2);
}

await mkdir(resultsFolder, { recursive: true });
// What a test leaves in the temporary folder goes when the run ends.
const scratch = await mkdtemp(join(tmpdir(), 'dbbackup-run-'));
// Some tests read as another user, who must be able to pass through.
await chmod(scratch, 0o711);
const total = emptySum();
const chosen = wanted.length > 0 ? tiers.filter((name) => wanted.includes(name)) : tiers;
const measured = coverageTiers.every((name) => chosen.includes(name));
const coverage = measured ? await beginCoverage() : {};
let covered = true;
for (const tier of chosen) {
  const started = Date.now();
  const sum = await runTier(tier);
  for (const title of sum.skips.slice(0, shownSkips)) console.log(`${tier}: skipped: ${title}`);
  if (sum.skips.length > shownSkips) console.log(`${tier}: skipped: ${sum.skips.length - shownSkips} more`);
  console.log(`${tier}: ${counts(sum)} (${Math.round((Date.now() - started) / 1000)} s)\n`);
  total.passed += sum.passed;
  total.failed += sum.failed;
  total.skipped += sum.skipped;
  if (measured && tier === coverageTiers.at(-1)) covered = await judgeCoverage();
}
await rm(scratch, { recursive: true, force: true });
const tooManySkips = process.env.CI === 'true' && total.skipped > 0;
if (tooManySkips) console.log('With CI=true a skipped test is a failure.');
process.exitCode = total.failed > 0 || tooManySkips || !covered ? 1 : 0;
console.log(counts(total));

/** Where a program is missing, what was not reached tells nothing. */
async function judgeCoverage(): Promise<boolean> {
  const started = Date.now();
  const enough = await endCoverage();
  console.log(`coverage: added up in ${Math.round((Date.now() - started) / 1000)} s\n`);
  return enough || total.skipped > 0;
}

async function runTier(tier: string): Promise<Sum> {
  console.log(`--- ${tier}`);
  const report = join(resultsFolder, `${tier}.json`);
  await rm(report, { force: true });
  if (tier === 'interop') sayWhatIsMissing();
  if (tier === 'host' || tier === 'package' || tier === 'e2e') {
    const missing = await prepareHost();
    if (missing) return { ...emptySum(), skipped: 1, skips: [`the whole tier: ${missing}`] };
  }
  const code = await start(programOf(tier, report));
  return await readSum(report, code);
}

function programOf(tier: string, report: string): string[] {
  if (tier === 'host') return ['test/tools/hostTests.ts'];
  return tier === 'package' ? ['test/tools/hostTests.ts', '--packaged'] : vitest(tier, report);
}

function vitest(tier: string, report: string): string[] {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const more = measured && coverageTiers.includes(tier) ? coverageArguments(tier) : [];
  return [
    'node_modules/vitest/vitest.mjs',
    'run',
    `--project=${tier}`,
    '--passWithNoTests',
    ...reporters,
    ...more,
  ];
}

/** Runs a Node program, ended with all its children when it takes too long. */
function start(args: string[]): Promise<number> {
  const limit = Math.min(tierLimit, deadline - Date.now());
  const seed = process.env.DBBACKUP_TEST_SEED ?? String(Date.now() % 2 ** 31);
  if (args.includes('--project=property'))
    console.log(`property: seed ${seed} (DBBACKUP_TEST_SEED=${seed} repeats it)`);
  return new Promise((done) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: 'inherit',
      detached: process.platform !== 'win32',
      env: {
        ...process.env,
        ...coverage,
        DBBACKUP_TEST_SEED: seed,
        TMPDIR: scratch,
        NO_COLOR: process.env.NO_COLOR ?? '1',
      },
    });
    const end = (signal: NodeJS.Signals) => {
      try {
        if (child.pid) process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal);
      } catch {
        // It has ended meanwhile.
      }
    };
    const late = setTimeout(
      () => {
        console.log(`This took more than ${Math.round(limit / 60_000)} minutes and was ended.`);
        end('SIGTERM');
        setTimeout(() => end('SIGKILL'), 5000).unref();
      },
      Math.max(limit, 1000),
    );
    const interrupted = () => end('SIGTERM');
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
    child.on('error', () => done(1));
    child.on('exit', (code) => {
      clearTimeout(late);
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
      done(code ?? 1);
    });
  });
}

function sayWhatIsMissing(): void {
  for (const name of programs) {
    if (!programPath(name)) console.log(`interop: ${name} is not installed; what needs it is skipped`);
  }
}

/** Installs the test host and the browser; says why when they cannot be had. */
async function prepareHost(): Promise<string | undefined> {
  try {
    await ensureCodeServer();
    await findChromium();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
