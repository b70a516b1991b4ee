// What Stryker runs for each change: the tests that need no other program, the laws with fewer tries.
import { defineConfig } from 'vitest/config';

process.env.DBBACKUP_TEST_RUNS ??= '30';
process.env.DBBACKUP_TEST_SEED ??= '1';

const rooms = (process.env.DBBACKUP_TEST_ROOMS ?? 'openpgp,sqlite,backups').split(',').join('|');

export default defineConfig({
  define: { __VERSION__: JSON.stringify('0.0.0') },
  test: {
    include: [`test/{unit,property}/@(${rooms})/**/*.test.ts`],
    // Thousands of changed files for each changed line take too long.
    exclude: ['test/property/backups/tamper*.test.ts'],
    setupFiles: ['test/support/setup.ts', 'test/support/property.ts'],
    // Beside other work, at the lowest priority; Stryker itself ends what does not end.
    testTimeout: 300_000,
    watch: false,
  },
});
