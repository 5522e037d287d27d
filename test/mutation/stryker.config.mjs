/** Mutation testing of the core's rule books, keys, shell and codes: `npm run mutation` (docs/mutation.md). */

export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  // Not only the tests that import a file: rules are tested through the façade.
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  mutate: [
    'packages/core/src/{admin,challenge,contact,factor,keys,policy,record,recovery,session,shell,throttle,totp}/**/*.ts',
    'packages/core/src/totp.ts',
  ],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  incrementalFile: 'reports/mutation/incremental.json',
  reporters: ['progress-append-only', 'clear-text', 'json'],
  clearTextReporter: { logTests: false, reportTests: false },
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  thresholds: { high: 95, low: 90, break: 90 },
  ignorePatterns: ['bench', 'examples', 'reports', 'coverage', '**/dist', '**/.pack', 'test/docs/.generated'],
}
