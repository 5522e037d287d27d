/** Checks links: every relative one in the repository's Markdown and in the built site must lead to what is there. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, extname, join, normalize, relative } from 'node:path'

const skippedFolders = new Set(['node_modules', 'dist', 'site', 'coverage', 'reports', '.git', '.generated', '.pack'])

/** All files under a folder with one of these endings, without what is installed or built. */
export function filesUnder(folder: string, endings: readonly string[], skipped = skippedFolders): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : filesUnder(path, endings, skipped)
    return entry.isFile() && endings.includes(extname(entry.name)) ? [path] : []
  })
}

interface Link {
  readonly target: string
  readonly line: number
}

const withoutCode = (text: string): string =>
  text
    .replace(/^( *)(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1\2[^\n]*$/gm, (block) => block.replace(/[^\n]/g, ''))
    .replace(/(`+)(?!`)[^\n]*?[^`\n]\1(?!`)/g, (code) => ' '.repeat(code.length))

function linksOfMarkdown(text: string): readonly Link[] {
  const prose = withoutCode(text)
  const inline = prose.matchAll(/\]\(\s*<?([^\s()<>]+(?:\([^\s()]*\)[^\s()<>]*)*)>?(?:\s+"[^"]*")?\s*\)/g)
  const definitions = prose.matchAll(/^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)>?/gm)
  const html = prose.matchAll(/\b(?:href|src)="([^"]+)"/g)
  return [...inline, ...definitions, ...html].map(({ 1: target, index }) => ({
    target: target as string,
    line: prose.slice(0, index).split('\n').length,
  }))
}

/** The anchors of a page's headings, as code hosts make them. */
export function anchorsOfMarkdown(text: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  const prose = text.replace(/^( *)(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1\2[^\n]*$/gm, '')
  for (const [, heading] of prose.matchAll(/^#{1,6} +(.+?)(?: +#+)?$/gm)) {
    const words = (heading as string).replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const slug = words.replace(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '').replaceAll(' ', '-')
    let anchor = slug
    for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`
    anchors.add(anchor)
  }
  for (const [, id] of text.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(id as string)
  return anchors
}

const isElsewhere = (target: string): boolean => /^[a-z][a-z0-9+.-]*:|^\/\//i.test(target)

/** Every link of every Markdown file under `root` that leads nowhere, as `file:line -> target`. */
export function brokenMarkdownLinks(root: string): readonly string[] {
  return filesUnder(root, ['.md']).flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    return linksOfMarkdown(text)
      .filter(({ target }) => !isElsewhere(target) && !leadsSomewhere(target, file, text))
      .map(({ target, line }) => `${relative(root, file)}:${line} -> ${target}`)
  })
}

function leadsSomewhere(target: string, file: string, text: string): boolean {
  const [path = '', anchor] = decodeURI(target).split('#')
  if (path.startsWith('/')) return false
  const found = path === '' ? file : join(dirname(file), path)
  if (!existsSync(found)) return false
  if (anchor === undefined) return true
  if (extname(found) !== '.md') return statSync(found).isFile() && /^L\d+(-L\d+)?$/.test(anchor)
  return anchorsOfMarkdown(path === '' ? text : readFileSync(found, 'utf8')).has(anchor)
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&quot;': '"',
  '&#39;': "'",
  '&lt;': '<',
  '&gt;': '>',
}
const decode = (text: string): string =>
  text.replace(/&(?:amp|quot|#39|lt|gt);/g, (entity) => entities[entity] as string)

/** Every link and image of a built site that leads nowhere, as `page -> target`. */
export function brokenSiteLinks(site: string): readonly string[] {
  const pages = new Map(filesUnder(site, ['.html'], new Set()).map((file) => [file, readFileSync(file, 'utf8')]))
  const ids = new Map<string, ReadonlySet<string>>()
  const idsOf = (file: string): ReadonlySet<string> => {
    const known = ids.get(file)
    if (known !== undefined) return known
    const found = new Set(
      [...(pages.get(file) ?? '').matchAll(/\s(?:id|name)="([^"]+)"/g)].map(([, id]) => decode(id as string)),
    )
    ids.set(file, found)
    return found
  }
  const leads = (file: string, target: string): boolean => {
    const [path = '', anchor = ''] = target.split('#')
    const found = path === '' ? file : normalize(join(dirname(file), decodeURIComponent(path.split('?')[0] as string)))
    if (!existsSync(found) || statSync(found).isDirectory()) return false
    return anchor === '' || !pages.has(found) || idsOf(found).has(decodeURIComponent(anchor))
  }
  return [...pages].flatMap(([file, html]) =>
    [...html.matchAll(/\s(?:href|src)="([^"]*)"/g)]
      .map(([, target]) => decode(target as string))
      .filter((target) => !isElsewhere(target) && !leads(file, target))
      .map((target) => `${relative(site, file)} -> ${target}`),
  )
}
