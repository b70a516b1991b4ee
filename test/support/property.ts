// Every property is tried 1000 times (DBBACKUP_TEST_RUNS: as often as that), from a seed that the whole run shares and
// prints.
import fc from 'fast-check';

/** `DBBACKUP_TEST_SEED` repeats a run; a failure prints seed and path as well. */
const seed = Number(process.env.DBBACKUP_TEST_SEED) || Date.now() % 2 ** 31;

fc.configureGlobal({ numRuns: Number(process.env.DBBACKUP_TEST_RUNS) || 1000, seed });
