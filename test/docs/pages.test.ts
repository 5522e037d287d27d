import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { storeCases } from '@countersign/adapters/conformance'
import { httpStatusOf, type MfaErrorCode, type Reason } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { methodsPage } from '../../scripts/methods-page.js'
import { policyPage } from '../../scripts/policy-page.js'

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')

/** The members of a string union, read from its declaration. */
function unionOf(path: string, name: string): readonly string[] {
  const declaration = new RegExp(`export type ${name} =([^=]*?)\\n\\n`).exec(read(path))?.[1] ?? ''
  return [...declaration.matchAll(/'([a-z_]+)'/g)].map(([, member]) => member as string)
}

/** The first column of the tables under a heading. */
function rowsUnder(page: string, heading: string): readonly (readonly string[])[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? ''
  return [...section.matchAll(/^\| `([a-z_]+)` \| ([^|]+) \|/gm)].map(([, name, status]) => [
    name as string,
    (status as string).trim(),
  ])
}

describe('docs/errors.md', () => {
  const page = read('docs/errors.md')

  it('has every reason, each with the status of httpStatusOf, and no other', () => {
    const reasons = unionOf('packages/core/src/result.ts', 'Reason')
    expect(reasons).toHaveLength(17)
    expect(rowsUnder(page, 'Reasons')).toEqual(
      reasons.map((reason) => [reason, String(httpStatusOf(reason as Reason))]).sort(byPageOrder(page)),
    )
  })

  it('has every error code, and no other', () => {
    const codes = unionOf('packages/core/src/errors.ts', 'MfaErrorCode') as readonly MfaErrorCode[]
    expect(codes).toHaveLength(9)
    expect(rowsUnder(page, 'Error codes').map(([name]) => name)).toEqual(
      [...codes].sort((a, b) => page.lastIndexOf(`| \`${a}\``) - page.lastIndexOf(`| \`${b}\``)),
    )
  })
})

function byPageOrder(page: string): (a: readonly string[], b: readonly string[]) => number {
  return ([a], [b]) => page.indexOf(`| \`${a}\``) - page.indexOf(`| \`${b}\``)
}

describe('docs/methods.md', () => {
  it('is printed from the table that the rules read', () => {
    expect(read('docs/methods.md')).toBe(methodsPage())
  })
})

describe('docs/policy.md', () => {
  it('is printed from the declarations of the settings and options', () => {
    expect(read('docs/policy.md')).toBe(policyPage())
  })
})

describe('docs/ports.md', () => {
  it('has a law for every case of the suite, and cases for every law', () => {
    const laws = [...read('docs/ports.md').matchAll(/^\| \*\*(S\d+)\*\*/gm)].map(([, law]) => law)
    expect(laws).toEqual(Array.from({ length: 11 }, (_, index) => `S${index + 1}`))
    expect([...new Set(storeCases.map(({ law }) => law))].sort()).toEqual([...laws].sort())
    for (const { id, law } of storeCases) expect(id.startsWith(`${law}-`), id).toBe(true)
  })
})

describe('docs/decisions', () => {
  const files = readdirSync(fileURLToPath(new URL('../../docs/decisions', import.meta.url)))
    .filter((file) => file !== 'README.md')
    .sort()

  it('are numbered pages of one screen, each with its context, choice and cost', () => {
    expect(files.length).toBeGreaterThan(5)
    for (const [index, file] of files.entries()) {
      expect(file).toMatch(new RegExp(`^${String(index + 1).padStart(4, '0')}-[a-z0-9-]+\\.md$`))
      const page = read(`docs/decisions/${file}`)
      for (const heading of ['## Context', '## Choice', '## What it costs']) expect(page, file).toContain(heading)
    }
  })

  it('are all listed by their titles in the index, in order', () => {
    const listed = read('docs/decisions/README.md').match(/^\d+\. \[.*$/gm)
    expect(listed).toEqual(
      files.map((file) => {
        const [, number, title] = /^# (\d+)\. (.*)$/m.exec(read(`docs/decisions/${file}`)) ?? []
        return `${number}. [${title}](${file})`
      }),
    )
  })
})
