import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')
const guide = read('docs/guides/other-hosts.md')

/** Lines of code in all, and those between the marks or with one: without blank lines and comments. */
function countLines(text: string): { readonly all: number; readonly added: number } {
  let [all, added, inside] = [0, 0, false]
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '// mfa:begin') inside = true
    if (line === '// mfa:end') inside = false
    if (line === '' || line.startsWith('//') || line.startsWith('/**')) continue
    all++
    if (inside || line.endsWith('// mfa')) added++
  }
  return { all, added }
}

describe.each([
  ['Express', 'examples/express/server.js'],
  ['Fastify', 'examples/fastify/server.ts'],
  ['Nest', 'examples/nest/app.ts'],
])('the example of a host with %s', (name, path) => {
  const { all, added } = countLines(read(path))

  it('has less than 80 lines, at most 40 of them for Countersign', () => {
    expect(all).toBeLessThan(80)
    expect(added).toBeGreaterThan(20)
    expect(added).toBeLessThanOrEqual(40)
  })

  it('is counted so in the guide', () => {
    expect(guide).toContain(`| [${name}](../../${path}) | ${all} | ${added} |`)
  })

  it('is quoted word for word', () => {
    const section = guide.split(`## ${name}`)[1]?.split('\n## ')[0] ?? ''
    const quotes = [...section.matchAll(/^```\w+\n([\s\S]*?)^```$/gm)].map(([, code]) => code as string)
    expect(quotes.length).toBeGreaterThan(0)
    for (const code of quotes) expect(read(path).replaceAll(/^ {2}/gm, '')).toContain(code.replaceAll(/^ {2}/gm, ''))
  })
})
