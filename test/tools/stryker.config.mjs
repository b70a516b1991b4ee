// Mutation testing: each line of a room is changed in turn, and some unit or property test should notice.
export default {
  packageManager: 'npm',
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/tools/mutation.vitest.config.mjs', pool: 'forks' },
  concurrency: Number(process.env.DBBACKUP_TEST_WORKERS) || 1,
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  reporters: ['clear-text', 'progress-append-only', 'json'],
  clearTextReporter: { allowColor: false, reportTests: false },
  ignorePatterns: ['/.vscode-test', '/coverage', '/dist', '/test/results', '/test/screenshots', '/media'],
  // What a module makes when it is loaded would need a new process for each change.
  ignoreStatic: true,
  // The wording of messages is nobody's promise.
  mutator: { excludedMutations: ['StringLiteral'] },
  // TypeScript 7 has none of the API with which Stryker would rewrite the paths in it.
  tsconfigFile: 'none.json',
  timeoutMS: 10_000,
};
