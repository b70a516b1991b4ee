// `npm run package [-- FILE]`: installs what it needs and makes the .vsix.
import { join } from 'node:path';
import { ensurePackages, node24, root, run } from './packages.mjs';

try {
  await ensurePackages();
  process.exitCode = await run(node24, [join(root, 'test/tools/package.ts'), ...process.argv.slice(2)]);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
