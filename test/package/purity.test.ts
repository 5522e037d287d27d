import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const core = join(root, 'packages/core/src')
const adapters = join(root, 'packages/adapters/src')

interface Source {
  readonly path: string
  readonly text: string
  readonly tree: ts.SourceFile
}

function sourcesOf(folder: string): readonly Source[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => {
      const text = readFileSync(join(folder, file), 'utf8')
      return {
        path: file.replaceAll('\\', '/'),
        text,
        tree: ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true),
      }
    })
}

interface Import {
  readonly from: string
  readonly typeOnly: boolean
}

function importsOf({ tree }: Source): readonly Import[] {
  return tree.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return []
    const { moduleSpecifier } = statement
    if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return []
    const clause = ts.isImportDeclaration(statement) ? statement.importClause : undefined
    const elements = ts.isImportDeclaration(statement)
      ? clause?.namedBindings && ts.isNamedImports(clause.namedBindings) && clause.name === undefined
        ? clause.namedBindings.elements
        : undefined
      : statement.exportClause && ts.isNamedExports(statement.exportClause)
        ? statement.exportClause.elements
        : undefined
    const isTypeOnly = (ts.isImportDeclaration(statement) ? clause?.isTypeOnly : statement.isTypeOnly) === true
    const allTypes = elements !== undefined && elements.length > 0 && elements.every((element) => element.isTypeOnly)
    return [{ from: moduleSpecifier.text, typeOnly: isTypeOnly || allTypes }]
  })
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node)
  node.forEachChild((child) => visit(child, see))
}

/** Names used as values or types, not as property names. */
function namesIn({ tree }: Source): ReadonlySet<string> {
  const names = new Set<string>()
  visit(tree, (node) => {
    if (!ts.isIdentifier(node)) return
    const { parent } = node
    if (ts.isPropertyAccessExpression(parent) && parent.name === node) return
    if (
      (ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isMethodSignature(parent)) &&
      parent.name === node
    )
      return
    names.add(node.text)
  })
  return names
}

const coreSources = sourcesOf(core)
const adapterSources = sourcesOf(adapters)
const resolve = (from: string, to: string): string =>
  normalize(join(dirname(from), to))
    .replaceAll('\\', '/')
    .replace(/\.js$/, '.ts')
const folderOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] as string) : '.')
const targetsOf = (source: Source, which: (each: Import) => boolean = () => true): readonly string[] =>
  importsOf(source)
    .filter((each) => each.from.startsWith('.') && which(each))
    .map(({ from }) => resolve(source.path, from))

/** What stands around the rule books: all else in core is one, or a word they share. */
const isOuter = (path: string): boolean =>
  ['shell', 'facade'].includes(folderOf(path)) || ['mfa.ts', 'index.ts', 'totp.ts'].includes(path)

describe('the direction of dependencies', () => {
  it('core imports its three libraries, itself, and nothing else', () => {
    for (const source of coreSources) {
      for (const { from } of importsOf(source)) {
        expect(from, source.path).toMatch(/^(?:\.{1,2}\/|@noble\/hashes\/|@noble\/ciphers\/|@scure\/base$)/)
      }
    }
  })

  it('core loads nothing at run time', () => {
    for (const source of coreSources) {
      visit(source.tree, (node) => {
        const isLoad = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
        expect(isLoad || ts.isImportTypeNode(node), `${source.path}: ${node.getText(source.tree).slice(0, 60)}`).toBe(
          false,
        )
      })
    }
  })

  it('no rule book imports the shell, the façade, createMfa or an entry', () => {
    for (const source of coreSources.filter(({ path }) => !isOuter(path))) {
      for (const target of targetsOf(source)) expect(isOuter(target), `${source.path} -> ${target}`).toBe(false)
    }
  })

  it('the TOTP entry takes the system’s random source from the shell, and nothing else', () => {
    const [entry] = coreSources.filter(({ path }) => path === 'totp.ts')
    expect(entry && targetsOf(entry).filter(isOuter)).toEqual(['shell/system.ts'])
  })

  it('ports import types only', () => {
    for (const source of coreSources.filter(({ path }) => folderOf(path) === 'ports')) {
      for (const { from, typeOnly } of importsOf(source)) expect(typeOnly, `${source.path} -> ${from}`).toBe(true)
    }
  })

  it.each([
    ['core', coreSources],
    ['the adapters', adapterSources],
  ])('modules of %s do not import each other in a circle', (_package, sources) => {
    const graph = new Map(sources.map((source) => [source.path, targetsOf(source, ({ typeOnly }) => !typeOnly)]))
    const done = new Set<string>()
    const walk = (path: string, trail: readonly string[]): void => {
      expect(trail.includes(path), `circle: ${[...trail, path].join(' -> ')}`).toBe(false)
      if (done.has(path)) return
      for (const next of graph.get(path) ?? []) walk(next, [...trail, path])
      done.add(path)
    }
    for (const path of graph.keys()) walk(path, [])
  })

  it('adapters reach core by its public name only', () => {
    for (const source of adapterSources) {
      for (const { from } of importsOf(source)) {
        expect(from, source.path).not.toMatch(/core\/src|\.\.\/\.\.\/\.\./)
        if (from.startsWith('@countersign/')) expect(from).toMatch(/^@countersign\/core(?:\/totp)?$/)
      }
    }
  })
})

describe('purity', () => {
  const platform = [
    'Date',
    'crypto',
    'performance',
    'setTimeout',
    'clearTimeout',
    'setInterval',
    'queueMicrotask',
    'process',
    'console',
    'globalThis',
    'Buffer',
    'fetch',
  ]

  it('only shell/system.ts names a clock, randomness or the platform', () => {
    for (const source of coreSources.filter(({ path }) => path !== 'shell/system.ts')) {
      const names = namesIn(source)
      for (const name of platform) expect(names.has(name), `${source.path} names ${name}`).toBe(false)
      expect(source.text, source.path).not.toMatch(/Math\.random/)
    }
  })

  it('only ports, shell, façade and createMfa are asynchronous', () => {
    for (const source of coreSources.filter(
      ({ path }) => !['ports', 'shell', 'facade'].includes(folderOf(path)) && path !== 'mfa.ts',
    )) {
      visit(source.tree, (node) => {
        expect(
          node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node),
          `${source.path} is asynchronous`,
        ).toBe(false)
      })
      expect(namesIn(source).has('Promise'), `${source.path} names Promise`).toBe(false)
    }
  })
})

describe('the style of every source file', () => {
  const all = [
    ...coreSources.map((each) => ({ ...each, path: `core/${each.path}` })),
    ...adapterSources.map((each) => ({ ...each, path: `adapters/${each.path}` })),
  ]

  it('opens with one sentence that says what it is', () => {
    for (const { path, text } of all) expect(text.startsWith('/** '), path).toBe(true)
  })

  it('has at most 250 lines, or says why not', () => {
    for (const { path, text } of all) {
      if (text.split('\n').length > 251) expect(text.slice(0, text.indexOf('*/')), path).toContain('long because')
    }
  })

  it('has no default export, enum, namespace or any', () => {
    for (const source of all) {
      visit(source.tree, (node) => {
        const isBanned =
          ts.isEnumDeclaration(node) ||
          ts.isModuleDeclaration(node) ||
          ts.isExportAssignment(node) ||
          node.kind === ts.SyntaxKind.AnyKeyword ||
          (node.kind === ts.SyntaxKind.DefaultKeyword && !ts.isDefaultClause(node.parent))
        expect(isBanned, `${source.path}: ${node.getText(source.tree).slice(0, 60)}`).toBe(false)
      })
    }
  })

  it('names no folder after nothing in particular', () => {
    for (const { path } of all)
      expect(relative('.', path), path).not.toMatch(/(?:utils?|helpers?|common|shared|manager)(?:\/|\.ts$)/)
  })
})
