// `npm run nightly [-- VITEST ARGUMENTS]`: each law 100,000 times, however long that takes, from a seed that it prints.
import { join } from 'node:path';
import { ensurePackages, environment, node24, root, run } from './packages.mjs';

const runs = process.env.DBBACKUP_TEST_RUNS ?? '100000';
const seed = process.env.DBBACKUP_TEST_SEED ?? String(Date.now() % 2 ** 31);

await ensurePackages();
console.log(`${runs} runs of each law, seed ${seed} (DBBACKUP_TEST_SEED=${seed} repeats them)`);
const env = environment({ DBBACKUP_TEST_RUNS: runs, DBBACKUP_TEST_SEED: seed });
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
process.exitCode = await run(node24, [vitest, 'run', '--project=property', ...process.argv.slice(2)], {
  env,
});
