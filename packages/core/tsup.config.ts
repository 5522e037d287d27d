import { defineConfig, type Options } from 'tsup'

/**
 * All CommonJS entries share one errors module, so that they share one `MfaError` class. It is an entry of its own,
 * and everybody else's import of it stays an import.
 */
const sharedErrors: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'shared-errors',
  setup(build) {
    build.onResolve({ filter: /^\.\.?\/errors\.js$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: './errors.cjs', external: true },
    )
  },
}

const shared: Options = { target: 'node20.19', sourcemap: true, treeshake: true }

export default defineConfig([
  { ...shared, entry: ['src/index.ts', 'src/totp.ts'], format: ['esm'], splitting: true },
  {
    ...shared,
    entry: ['src/index.ts', 'src/totp.ts', 'src/errors.ts'],
    format: ['cjs'],
    splitting: false,
    noExternal: [/^@noble\//, /^@scure\//],
    esbuildPlugins: [sharedErrors],
  },
])
