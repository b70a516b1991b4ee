// `npm start`: installs, builds, and runs the main job on the sample project, from a fresh clone to a restored database.
import { join } from 'node:path';
import { ensurePackages, node24, root, run } from './packages.mjs';

try {
  await ensurePackages();
  if ((await run(node24, ['esbuild.mjs'])) !== 0) throw new Error('The build failed.');
  process.exitCode = await run(node24, [join(root, 'test/tools/tour.ts')]);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
