import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

const conditions = ['@countersign/source']
const source = { resolve: { conditions }, ssr: { resolve: { conditions } } }

export default defineConfig({
  ...source,
  test: {
    // Much of a test's time is waiting for a server or a browser: two cores take two workers.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/package/packed*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        ...source,
        test: {
          name: 'package',
          include: ['test/package/packed*.test.ts'],
          globalSetup: ['test/package/pack.ts'],
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      reportOnFailure: true,
      include: ['packages/core/src/**/*.ts'],
      reporter: ['text'],
      thresholds: {
        'packages/core/src/{admin,challenge,contact,factor,keys,record,recovery,session,throttle}/**': { branches: 95 },
      },
    },
  },
})
