// `npm run coverage [-- VITEST ARGUMENTS]`: lines and branches of src/core that the tests reach in their own process.
// What only the built command line runs, in a process of its own, is not seen, so the true figure is higher.
import { join } from 'node:path';
import { ensurePackages, environment, node24, root, run } from './packages.mjs';

const tiers = ['unit', 'property', 'interop'];

await ensurePackages();
if ((await run(node24, ['esbuild.mjs'])) !== 0) process.exit(1);
const args = [
  'run',
  ...tiers.map((name) => `--project=${name}`),
  '--coverage.enabled',
  '--coverage.include=src/core/**/*.ts',
  '--coverage.reporter=text',
  '--coverage.reporter=json-summary',
  '--coverage.reportOnFailure',
  ...process.argv.slice(2),
];
// A law needs fewer tries to reach a line than to be believed.
const env = environment({ DBBACKUP_TEST_RUNS: process.env.DBBACKUP_TEST_RUNS ?? '100', NO_COLOR: '1' });
process.exitCode = await run(node24, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], { env });
