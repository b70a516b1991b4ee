// `npm run mutate [-- FILES]`: Stryker on the rooms whose mistakes would lose data; what did not change is not run again.
// DBBACKUP_TEST_ROOMS=sqlite,openpgp are the rooms whose tests are run for each change.
import { join } from 'node:path';
import { ensurePackages, environment, node24, root, run } from './packages.mjs';

const rooms = ['openpgp', 'sqlite', 'backups'];

await ensurePackages();
const files = process.argv.slice(2);
const mutate = files.length > 0 ? files : rooms.map((room) => `src/core/${room}/**/*.ts`);
const stryker = join(root, 'node_modules/@stryker-mutator/core/bin/stryker.js');
const args = ['run', 'test/tools/stryker.config.mjs', '--mutate', mutate.join(',')];
process.exitCode = await run(node24, [stryker, ...args], { env: environment({ NO_COLOR: '1' }) });
