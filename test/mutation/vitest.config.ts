/** The quick and repeatable tests, for Stryker: no projects, no types, no servers (docs/mutation.md). */

import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

const conditions = ['@countersign/source']
const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** Files whose tests take long go last, rules first: a mutant that a quick test kills waits for no other. */
const slow =
  /codec|shape|outcomes|requirement-laws|counts|guessing|channels|races|outage|replay|text-forms|totp\.test|limits/

class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): string =>
      `${slow.test(moduleId) ? 2 : moduleId.includes('/test/rules/') ? 0 : 1}${moduleId}`
    return [...files].sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
  }
}

export default defineConfig({
  root: at(''),
  ssr: { resolve: { conditions } },
  resolve: {
    conditions,
    // Stryker links node_modules into its copy, so that a package's name would lead to the files that are not mutated.
    alias: [
      { find: /^@countersign\/core$/, replacement: at('packages/core/src/index.ts') },
      { find: /^@countersign\/core\/totp$/, replacement: at('packages/core/src/totp.ts') },
      { find: /^@countersign\/adapters\/([a-z]+)$/, replacement: at('packages/adapters/src/$1/index.ts') },
    ],
  },
  test: {
    include: ['test/{rules,attacks,totp,shell,record,races}/**/*.test.ts'],
    // The first reads pages and tests, not the core; the second replaces modules, which needs a worker of its own.
    exclude: ['test/attacks/matrix.test.ts', 'test/attacks/constant-work.test.ts'],
    setupFiles: [at('test/mutation/setup.ts')],
    // One worker for all files: a mutant costs a third.
    isolate: false,
    sequence: { sequencer: QuickFirst },
    testTimeout: 60_000,
  },
})
