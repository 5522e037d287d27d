/** How many bytes the core adds to a host's bundle, measured on the built files, and the page that tells. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../', import.meta.url))
const core = join(root, 'packages/core')

interface Measured {
  readonly title: string
  /** The program that is bundled, `dist` being the built core. */
  readonly program: string
  /** Packages that are left out. */
  readonly external?: readonly string[]
  /** What the gzip size must stay below, in bytes. */
  readonly bar?: number
}

export interface Size {
  readonly title: string
  readonly bar?: number
  readonly minified: number
  readonly gzip: number
  readonly brotli: number
}

const measured: readonly Measured[] = [
  { title: '`verifyTotp`, with all it needs', program: "export { verifyTotp } from 'dist/totp.js'", bar: 7000 },
  { title: 'All of `@countersign/core/totp`', program: "export * from 'dist/totp.js'" },
  {
    title: 'All of `@countersign/core`, its own code',
    program: "export * from 'dist/index.js'",
    external: ['@noble/*', '@scure/*'],
    bar: 30_000,
  },
  { title: 'All of `@countersign/core`, with its three dependencies', program: "export * from 'dist/index.js'" },
]

/** Builds the core into a folder of its own, and bundles each program from it: minified, as a host would. */
export async function measureSizes(): Promise<readonly Size[]> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-size-'))
  try {
    const tsup = join(root, 'node_modules/tsup/dist/cli-default.js')
    execFileSync(process.execPath, [tsup, '--no-dts', '--silent', '--out-dir', join(folder, 'dist')], { cwd: core })
    return await Promise.all(measured.map((each) => measure(each, folder)))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure({ title, program, external = [], bar }: Measured, folder: string): Promise<Size> {
  const { outputFiles } = await build({
    stdin: { contents: program.replace("'dist/", "'./dist/"), resolveDir: folder },
    nodePaths: [join(core, 'node_modules')],
    external: [...external],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'neutral',
    write: false,
  })
  const bytes = (outputFiles[0] as { readonly contents: Uint8Array }).contents
  return {
    title,
    ...(bar !== undefined && { bar }),
    minified: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes).length,
  }
}

const number = (bytes: number): string => bytes.toLocaleString('en-US')

/** The table, as docs/size.md holds it. */
export function sizeTable(sizes: readonly Size[]): string {
  const row = ({ title, minified, gzip, brotli, bar }: Size): string =>
    `| ${title} | ${number(minified)} | ${number(gzip)} | ${number(brotli)} | ${bar === undefined ? '' : number(bar)} |`
  return [
    '| what | minified | gzip | brotli | gzip stays below |',
    '|---|---:|---:|---:|---:|',
    ...sizes.map(row),
  ].join('\n')
}

/** The gzip sizes that a page's table tells, by their titles. */
export function sizesTold(page: string): ReadonlyMap<string, number> {
  const rows = page.matchAll(/^\| ([^|]+) \| [\d,]+ \| ([\d,]+) \|/gm)
  return new Map([...rows].map(([, title, gzip]) => [title as string, Number((gzip as string).replaceAll(',', ''))]))
}
