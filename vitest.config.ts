import { defineConfig } from 'vitest/config'

const source = {
  resolve: { conditions: ['@countersign/source'] },
  ssr: { resolve: { conditions: ['@countersign/source'] } },
}

export default defineConfig({
  ...source,
  test: { include: ['test/**/*.test.ts'] },
})
