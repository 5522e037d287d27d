import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { anchorsOfMarkdown, brokenMarkdownLinks, brokenSiteLinks, filesUnder } from '../../scripts/docs-links.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folders: string[] = []

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function written(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-links-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

describe('the links of the repository’s Markdown', () => {
  it('lead to files and headings that are there', () => {
    expect(filesUnder(root, ['.md']).length).toBeGreaterThan(30)
    expect(brokenMarkdownLinks(root)).toEqual([])
  })
})

describe('the check of Markdown links', () => {
  it('finds a missing file, a missing heading, a path from the root and a broken reference, by line', () => {
    const folder = written({
      'a.md': '# One\n\n[file](b/none.md) [heading](#two)\n[root](/b/b.md) ![image](x.png)\n\n[r]: b/b.md#gone\n',
      'b/b.md': '# Here\n',
    })
    expect(brokenMarkdownLinks(folder)).toEqual([
      'a.md:3 -> b/none.md',
      'a.md:3 -> #two',
      'a.md:4 -> /b/b.md',
      'a.md:4 -> x.png',
      'a.md:6 -> b/b.md#gone',
    ])
  })

  it('takes files, folders, headings of this page and another, and whatever is on another host', () => {
    const folder = written({
      'a.md': '# One\n[f](b/b.md) [d](b/) [h](#one) [o](b/b.md#who-may-what-1) [x](https://example.com/none)\n',
      'b/b.md': '## Who may what?\n## Who may what?\n',
    })
    expect(brokenMarkdownLinks(folder)).toEqual([])
  })

  it('does not read code', () => {
    const folder = written({ 'a.md': '`[a](none.md)`\n\n```md\n[b](none.md)\n# Not a heading\n```\n' })
    expect(brokenMarkdownLinks(folder)).toEqual([])
    expect(anchorsOfMarkdown('```md\n# Not a heading\n```\n').size).toBe(0)
  })

  it('makes anchors as code hosts do', () => {
    expect([...anchorsOfMarkdown('# `load` & [save](x.md): S1, S2\n## Über_alles ##\n')]).toEqual([
      'load--save-s1-s2',
      'über_alles',
    ])
  })
})

describe('the check of a built site', () => {
  it('finds a missing page, a missing id and a folder without a page', () => {
    const folder = written({
      'index.html': '<a href="a/b.html#x">1</a><a href="a/b.html#y">2</a><a href="c.html">3</a><img src="a/">',
      'a/b.html': '<h1 id="x">x</h1><a href="../index.html?q=1&amp;r=2">4</a><a href="https://example.com/none">5</a>',
    })
    expect(brokenSiteLinks(folder)).toEqual(['index.html -> a/b.html#y', 'index.html -> c.html', 'index.html -> a/'])
  })
})
