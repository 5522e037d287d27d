/** `npm run docs`: builds the site (guides, decisions and the reference from the docstrings) in `site/`; a warning fails it. */

import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application, Comment, Converter, KindRouter, ReflectionKind, TSConfigReader, TypeDocReader } from 'typedoc'
import ts from 'typescript'

const root = fileURLToPath(new URL('../', import.meta.url))
process.chdir(root)

const packages = ['@countersign/core', '@countersign/adapters']
// The part of Node's and Fastify's own objects that is used, by the names of their documentation.
const foreign = /^(Node|Fastify)(Request|Response|Reply)(Like)?$/

const groups = { guides: 'Guides', decisions: 'Decisions' }

/** Pages of modules and documents are called by their paths, so that a new title moves nothing. */
class PathRouter extends KindRouter {
  getIdealBaseName(reflection) {
    if (reflection.kindOf(ReflectionKind.Module)) return reflection.name.slice(1)
    const path = reflection.isDocument() ? reflection.project.files.getReflectionPath(reflection) : undefined
    return path === undefined ? super.getIdealBaseName(reflection) : pathOf(path).replace(/\.md$/, '')
  }
}

const app = await Application.bootstrapWithPlugins({}, [new TypeDocReader(), new TSConfigReader()])
app.renderer.defineRouter('path', PathRouter)
app.converter.on(Converter.EVENT_CREATE_DECLARATION, nameModule)
app.converter.on(Converter.EVENT_CREATE_DOCUMENT, nameDocument)
app.converter.on(Converter.EVENT_RESOLVE_END, dropBorrowedComments, -1000) // after all who lend

const project = await app.convert()
if (project === undefined) process.exit(1)
validate(project)
await app.generateOutputs(project)
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1)

/** A module is called what a host imports, and described by the first sentence of its file. */
function nameModule(context, declaration) {
  if (!declaration.kindOf(ReflectionKind.Module)) return
  const file = context.getSymbolFromReflection(declaration)?.declarations?.[0]?.getSourceFile()
  if (file === undefined) return
  const [, name, path] = /packages\/([^/]+)\/src\/(.*)\.ts$/.exec(file.fileName) ?? []
  const subpath = path === 'index' ? '' : `/${path.replace(/\/index$/, '')}`
  declaration.name = `@countersign/${name}${subpath}`
  const [, sentence] = /^\/\*\*\s*([\s\S]*?)\s*\*\//.exec(file.text) ?? []
  if (sentence !== undefined) {
    declaration.comment ??= new Comment([{ kind: 'text', text: sentence.replace(/^ \* ?/gm, '') }])
  }
}

/** A page is called by its heading and stands with the pages of its folder. */
function nameDocument(_context, document) {
  const at = document.content.findIndex(({ text }) => text.includes('\n'))
  const parts = document.content.splice(0, at)
  const [first] = document.content
  const [end, ...rest] = first.text.trimStart().split('\n')
  first.text = rest.join('\n')
  document.name = [...parts.map(({ text }) => text), end].join('').replace(/^# /, '').replaceAll('`', '')
  const folder = pathOf(document.project.files.getReflectionPath(document)).split('/').at(-2)
  document.frontmatter.group = groups[folder] ?? 'Pages'
}

function pathOf(absolute) {
  return relative(root, absolute)
}

/**
 * TypeDoc lends an export without a docstring the first sentence of the file that passes it on, or what it extends has:
 * whoever looks for undocumented exports must not be shown these.
 */
function dropBorrowedComments(context) {
  for (const module of context.project.getChildrenByKind(ReflectionKind.Module)) {
    for (const named of module.children ?? []) {
      const declarations = context.getSymbolFromReflection(named)?.declarations ?? []
      if (declarations.some(hasDocstring)) continue
      for (const each of [named, ...(named.signatures ?? [])]) delete each.comment
    }
  }
}

/** A comment at the very beginning is the file's. */
function hasDocstring(declaration) {
  return ts.getJSDocCommentsAndTags(declaration).some((each) => ts.isJSDoc(each) && each.pos > 0)
}

/** TypeDoc looks for unexported types in the project's own package only; ours has two. */
function validate(project) {
  const { packageName } = project
  for (const name of packages) {
    project.packageName = name
    app.options.setValue('packagesRequiringDocumentation', [name])
    app.options.setValue('intentionallyNotDocumented', namelessFieldsOf(project, name))
    app.validate(project)
  }
  project.packageName = packageName
}

/** The fields of a nameless type are told by the type around it; those of a parameter TypeDoc leaves out itself. */
function namelessFieldsOf(project, packageName) {
  const fields = project
    .getReflectionsByKind(ReflectionKind.Property | ReflectionKind.CallSignature)
    .filter((field) => project.getSymbolIdFromReflection(field)?.packageName === packageName && !field.hasComment())
    .filter((field) => {
      const above = []
      for (let each = field.parent; each !== undefined; each = each.parent) above.push(each)
      const owner = field.kindOf(ReflectionKind.Property) ? above[0] : above[1]
      const isTold = owner?.kindOf(ReflectionKind.TypeLiteral) || foreign.test(owner?.name)
      return isTold && !above.some((each) => each.kindOf(ReflectionKind.Parameter))
    })
  return [...new Set(fields.map((field) => field.getFriendlyFullName()))]
}
