import { readdirSync } from 'node:fs'
import { defineConfig, type Options } from 'tsup'

const folders = readdirSync('src', { withFileTypes: true }).filter((each) => each.isDirectory())
const entry = Object.fromEntries(folders.map(({ name }) => [`${name}/index`, `src/${name}/index.ts`]))
const shared: Options = { entry, target: 'node20.19', sourcemap: true, treeshake: true }

export default defineConfig([
  { ...shared, format: ['esm'], splitting: true },
  // The `qr` package has no CommonJS form of its own.
  { ...shared, format: ['cjs'], splitting: false, noExternal: ['qr'] },
])
