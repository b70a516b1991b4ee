// `npm run editor [-- FOLDER]`: the sample project with the extension in a real workbench, in the browser of your choice.
import { join } from 'node:path';
import { ensurePackages, node24, root, run } from './packages.mjs';

try {
  await ensurePackages();
  if ((await run(node24, ['esbuild.mjs'])) !== 0) throw new Error('The build failed.');
  process.exitCode = await run(node24, [join(root, 'test/tools/editor.ts'), ...process.argv.slice(2)]);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
