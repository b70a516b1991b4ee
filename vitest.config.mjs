// The tiers that run under Vitest, one project each; `npm test` runs them one after the other (test/tools/tiers.ts).
import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

/** One tier: a folder of tests, with the seconds that one of them may take. */
function tier(name, seconds, more = {}) {
  const limits = { testTimeout: seconds * 1000, hookTimeout: seconds * 1000 };
  return { extends: true, test: { name, include: [`test/${name}/**/*.test.ts`], ...limits, ...more } };
}

/** A law that is tried more often may take longer. */
const patience = Math.max(1, (Number(process.env.DBBACKUP_TEST_RUNS) || 1000) / 1000);

export default defineConfig({
  define: { __VERSION__: JSON.stringify(version) },
  test: {
    setupFiles: ['test/support/setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    watch: false,
    coverage: { include: ['src/core/**/*.ts'] },
    projects: [
      tier('unit', 20),
      tier('property', 120 * patience, { setupFiles: ['test/support/property.ts'] }),
      tier('interop', 120),
      // One workbench at a time: a server, an extension host and a browser fill two cores.
      tier('e2e', 180, { fileParallelism: false }),
    ],
  },
});
