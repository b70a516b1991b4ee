// `npm run coverage [-- VITEST ARGUMENTS]`: lines and branches of src/core that the tests reach, in their own process and
// in the built command line that they start. Runs that are killed on purpose count for nothing.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensurePackages, environment, node24, root, run } from './packages.mjs';

const folder = join(root, 'coverage');
const commands = join(folder, 'commands');
const tiers = ['unit', 'property', 'interop'];

await ensurePackages();
if ((await run(node24, ['esbuild.mjs'])) !== 0) process.exit(1);
await rm(folder, { recursive: true, force: true });
await mkdir(commands, { recursive: true });
const args = [
  'run',
  ...tiers.map((name) => `--project=${name}`),
  '--exclude=test/interop/fault/**',
  '--coverage.enabled',
  '--coverage.clean=false',
  '--coverage.include=src/core/**/*.ts',
  '--coverage.reporter=json',
  '--coverage.reportOnFailure',
  ...process.argv.slice(2),
];
// A law needs fewer tries to reach a line than to be believed.
const DBBACKUP_TEST_RUNS = process.env.DBBACKUP_TEST_RUNS ?? '100';
const env = environment({ DBBACKUP_TEST_RUNS, DBBACKUP_TEST_COVERAGE: commands, NO_COLOR: '1' });
const code = await run(node24, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], { env });
process.exitCode = (await run(node24, [join(root, 'test/tools/coverageReport.mjs'), folder])) || code;
await rm(commands, { recursive: true, force: true });
