// `npm test [-- TIER…]`: installs what the tests need, builds, runs the tiers and ends with their true sum.
import { join } from 'node:path';
import { ensurePackages, node24, root, run } from './packages.mjs';

try {
  await ensurePackages();
  if ((await run(node24, ['esbuild.mjs', '--unlinked'])) !== 0)
    throw new Error('The build failed, so nothing was tested.');
  process.exitCode = await run(node24, [join(root, 'test/tools/tiers.ts'), ...process.argv.slice(2)]);
} catch (error) {
  console.error(error.message);
  console.log('0 passed, 1 failed, 0 skipped');
  process.exitCode = 1;
}
