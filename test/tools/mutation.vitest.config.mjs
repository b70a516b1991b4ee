// What Stryker runs for each change: the tests that need no other program, the laws with fewer tries.
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';

process.env.DBBACKUP_TEST_RUNS ??= '8';
process.env.DBBACKUP_TEST_SEED ??= '1';

const rooms = (process.env.DBBACKUP_TEST_ROOMS ?? 'openpgp,sqlite,backups').split(',').join('|');

/** The first test that notices a change ends its run: asked first is who noticed the last one, then who is quick. */
class QuickFirst extends BaseSequencer {
  async sort(files) {
    const cost = (file) => {
      const last = this.ctx.cache.getTestSpecificationResult(file);
      return last?.failed ? -1 : (last?.duration ?? Number.POSITIVE_INFINITY);
    };
    return files.toSorted((a, b) => cost(a) - cost(b) || a.moduleId.localeCompare(b.moduleId));
  }
}

export default defineConfig({
  define: { __VERSION__: JSON.stringify('0.0.0') },
  test: {
    include: [`test/{unit,property}/@(${rooms})/**/*.test.ts`],
    // Thousands of changed files for each changed line take too long.
    exclude: ['test/property/backups/tamper*.test.ts'],
    setupFiles: ['test/support/setup.ts', 'test/support/property.ts'],
    sequence: { sequencer: QuickFirst },
    // Beside other work, at the lowest priority; Stryker itself ends what does not end.
    testTimeout: 300_000,
    watch: false,
  },
});
