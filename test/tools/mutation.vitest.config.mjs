// What Stryker runs for each change: the tests that need no other program, the laws with fewer tries.
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';

process.env.DBBACKUP_TEST_RUNS ??= '8';
process.env.DBBACKUP_TEST_SEED ??= '1';

const rooms = (process.env.DBBACKUP_TEST_ROOMS ?? 'openpgp,sqlite,backups').split(',').join('|');

/** The first test that notices a change ends its run: the quick ones are asked before the laws. */
class UnitFirst extends BaseSequencer {
  async sort(files) {
    const isLaw = ({ moduleId }) => moduleId.includes('/test/property/');
    return (await super.sort(files)).toSorted((a, b) => isLaw(a) - isLaw(b));
  }
}

export default defineConfig({
  define: { __VERSION__: JSON.stringify('0.0.0') },
  test: {
    include: [`test/{unit,property}/@(${rooms})/**/*.test.ts`],
    // Thousands of changed files for each changed line take too long.
    exclude: ['test/property/backups/tamper*.test.ts'],
    setupFiles: ['test/support/setup.ts', 'test/support/property.ts'],
    sequence: { sequencer: UnitFirst },
    // Beside other work, at the lowest priority; Stryker itself ends what does not end.
    testTimeout: 300_000,
    watch: false,
  },
});
