import { createMemoryStore } from '@countersign/adapters/memory'
import { createTestMfa } from '@countersign/adapters/testing'
import type { Mfa, SessionRef } from '@countersign/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeRecord, encodeRecord, tagParts } from '../../packages/core/src/record/codec.js'
import type { MfaRecord } from '../../packages/core/src/record/record.js'
import { anyEdit } from '../fuzz/forgeries.js'
import { anyRecord } from './any-record.js'
import {
  codeOf,
  type Edit,
  edited,
  fullParts,
  gone,
  type Json,
  keys,
  partAt,
  partsOf,
  pathsOf,
  place,
} from './parts.js'

const owner = '0:kim'

/**
 * The law of the format: nothing is read that would not be written again the same. Answers whether these parts are
 * read under a right tag.
 */
function isRead(parts: unknown): boolean {
  const forged = tagParts(parts as readonly unknown[], place, keys)
  const outcome = codeOf(() => expect(encodeRecord(decodeRecord(forged, place, keys), place, keys)).toBe(forged))
  if (outcome !== 'undecodable_record' && outcome !== 'unsupported_schema') expect(outcome).toBe('nothing thrown')
  return outcome === 'nothing thrown'
}

const replacements: readonly (readonly [string, Json])[] = [
  ['null', null],
  ['an object', {}],
  ['a list in a list', [[]]],
  ['a negative fraction', -1.5],
  ['false', false],
  ['a text of 5000 characters', 'x'.repeat(5000)],
]
const pollutions = ['unknown', 'constructor', '__proto__', 'toString', 'length'].map((name): [string, Json] => [
  name,
  JSON.parse(`{"${name}":0}`),
])

describe('a record whose tag is right and whose content is not', () => {
  it.each(replacements)('is refused with %s in the place of any part of it', async (_what, part) => {
    const parts = await fullParts()
    expect(isRead(parts)).toBe(true)
    const paths = pathsOf(parts)
    expect(paths.filter((path) => isRead(edited(parts, path, () => part)))).toEqual([])
    expect(paths.length).toBeGreaterThan(150)
    // The head and the whole as well.
    expect(isRead(part)).toBe(false)
  })

  it('is refused with any of these in the place of any part, whatever the record holds', () => {
    const anyPart = fc.constantFrom(...[...replacements, ...pollutions].map(([, part]) => part))
    fc.assert(
      fc.property(anyRecord, anyPart, (record, part) => {
        const parts = partsOf(encodeRecord(record, place, keys))
        expect(pathsOf(parts).filter((path) => isRead(edited(parts, path, () => part)))).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  it.each(pollutions)(
    'is refused with an object with %s anywhere in it, also in an added place (X33)',
    async (_name, object) => {
      const parts = await fullParts()
      const changes: readonly Edit[] = [
        () => object,
        // What was a list, as an object with the same content.
        (part) => ({ ...Object(part), ...(object as object) }),
        (part) => (Array.isArray(part) ? [...part, object] : object),
        (part) => (Array.isArray(part) ? [object, ...part] : object),
      ]
      for (const path of pathsOf(parts)) {
        for (const change of changes) expect([path, isRead(edited(parts, path, change))]).toEqual([path, false])
      }
      expect(Object.keys(Object.prototype)).toEqual([])
    },
  )

  it('is refused, or is what would be written: with every list longer or shorter, and every number another', async () => {
    const parts = await fullParts()
    const outcomes = { read: 0, refused: 0 }
    const forge = (path: readonly string[], change: Edit) => {
      outcomes[isRead(edited(parts, path, change)) ? 'read' : 'refused']++
    }
    for (const path of pathsOf(parts)) {
      const part = partAt(parts, path)
      forge(path, () => gone)
      if (typeof part === 'number') {
        for (const other of [0, -1, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 1e300]) forge(path, () => other)
        // Every set of bits, where it is one.
        for (let bit = 0; bit < 9; bit++) forge(path, () => part ^ (1 << bit))
      }
      if (!Array.isArray(part)) continue
      for (const added of [0, 1, 2, 64, '', 'x', [], part[0], part.at(-1)]) forge(path, () => [...part, added])
      forge(path, () => [...part].reverse())
      forge(path, () => [...part, ...part])
    }
    expect(outcomes.read).toBeGreaterThan(300)
    expect(outcomes.refused).toBeGreaterThan(1000)
  })

  it('is read with the longest lists and texts that are written, and refused with longer ones (X33)', async () => {
    const parts = await fullParts()
    const longest: readonly (readonly [string, string, number])[] = [
      ['versions', '3', 4],
      ['sends', '6/0/0', 200],
      ['sends to new addresses', '6/1/1', 200],
      ['sessions', '7', 200],
      ['proofs', '7/0/3', 16],
      ['challenges', '8', 200],
      ['pending things', '9', 200],
      ['factors', '10', 64],
      ['recovery codes', '12/0', 64],
      ['a version', '3/0', 8],
      ['a session’s hash', '7/0/0', 22],
      ['a session’s name', '7/0/1', 64],
      ['a method', '7/0/3/0/1', 64],
      ['a purpose', '8/0/3', 32],
      ['an address', '10/0/5', 254],
      ['the id of a key', '9/1/9/0', 32],
      ['a sealed secret', '9/1/9/1', 1024],
      ['a recovery code', '12/0/1', 22],
    ]
    for (const [what, where, most] of longest) {
      const isReadWith = (length: number) =>
        isRead(
          edited(parts, where.split('/'), (part) =>
            Array.isArray(part) ? Array(length).fill(part[0]) : part !== undefined ? 'x'.repeat(length) : gone,
          ),
        )
      expect([what, isReadWith(most), isReadWith(most + 1)]).toEqual([what, true, false])
      // A digest has one length, and a key or a box is never empty.
      if (most === 22) expect([what, isReadWith(most - 1)]).toEqual([what, false])
      if (where.startsWith('9/1/9/')) expect([what, isReadWith(0)]).toEqual([what, false])
    }
  })

  it('nothing is read that would not be written again the same, however its parts are edited', () => {
    const outcomes = { read: 0, refused: 0 }
    const anyEdits = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat(8), fc.jsonValue({ maxDepth: 2 })), {
      minLength: 1,
      maxLength: 3,
    })
    fc.assert(
      fc.property(anyRecord, anyEdits, (record, edits) => {
        let parts: unknown = partsOf(encodeRecord(record, place, keys))
        for (const [at, from, how, json] of edits) {
          const paths = pathsOf(parts)
          if (paths.length === 0) break
          const other = partAt(parts, paths[from % paths.length] as readonly string[])
          const changes: readonly Edit[] = [
            () => json,
            () => other,
            () => gone,
            (part) => (Array.isArray(part) ? [...part, other] : [part]),
            (part) => (Array.isArray(part) ? part.slice(0, -1) : other),
            (part) => (Array.isArray(part) ? [...part, ...part] : part),
            (part) => (Array.isArray(part) ? [...part].reverse() : part),
            (part) => (typeof part === 'number' ? part ^ (1 << (from % 8)) : other),
            (part) => (typeof part === 'number' ? part + 1 : typeof part === 'string' ? part.slice(1) : part),
          ]
          parts = edited(parts, paths[at % paths.length] as readonly string[], changes[how] as Edit)
        }
        outcomes[isRead(parts) ? 'read' : 'refused']++
      }),
      { numRuns: 2000 },
    )
    expect(outcomes.read).toBeGreaterThan(200)
    expect(outcomes.refused).toBeGreaterThan(200)
  })
})

describe('a record that is to be written', () => {
  it('is refused, or is read again and written the same, whatever was done to it', () => {
    const outcomes = { written: 0, refused: 0 }
    fc.assert(
      fc.property(anyRecord, fc.nat(), anyEdit, (record, at, edit) => {
        const paths = pathsOf(record)
        const broken = edited(record, paths[at % paths.length] as readonly string[], edit) as MfaRecord
        const refusal = codeOf(() => encodeRecord(broken, place, keys))
        if (refusal === 'undecodable_record') {
          outcomes.refused++
          return
        }
        expect(refusal).toBe('nothing thrown')
        const data = encodeRecord(broken, place, keys)
        expect(encodeRecord(decodeRecord(data, place, keys), place, keys)).toBe(data)
        outcomes.written++
      }),
      { numRuns: 2000 },
    )
    expect(outcomes.written).toBeGreaterThan(100)
    expect(outcomes.refused).toBeGreaterThan(100)
  })
})

describe('a record of a newer schema', () => {
  const session: SessionRef = { userId: 'kim', sessionId: 'one' }
  const calls: Readonly<Record<string, (mfa: Mfa) => Promise<unknown>>> = {
    'sessions.begin': (mfa) => mfa.sessions.begin(session, { method: 'password' }),
    'sessions.assess': (mfa) => mfa.sessions.assess(session),
    'sessions.end': (mfa) => mfa.sessions.end(session),
    'contacts.attest': (mfa) => mfa.contacts.attest(session, { channel: 'email', address: 'kim@example.com' }),
    'challenges.verify': (mfa) => mfa.challenges.verify(session, { factor: 'totp', code: '123456' }),
    'credentials.changed': (mfa) => mfa.credentials.changed(session, { via: 'email' }),
    'admin.inspect': (mfa) => mfa.admin.inspect(session),
    'admin.reset': (mfa) => mfa.admin.reset(session, { actor: 'a', reason: 'b' }),
    'admin.unlock': (mfa) => mfa.admin.unlock(session, { actor: 'a', reason: 'b' }),
  }

  it.each(Object.entries(calls))('is unsupported_schema to %s, and is never rewritten', async (_name, call) => {
    const store = createMemoryStore()
    const { mfa, events, outbox } = createTestMfa({ store })
    const data = tagParts(['test', 2, 1, [], { whatComesLater: { passkeys: [1] } }], { ...place, owner }, keys)
    await store.save(owner, data, place.version, null)
    await expect(call(mfa)).rejects.toMatchObject({ code: 'unsupported_schema' })
    expect(await store.load(owner)).toEqual({ version: place.version, data })
    expect([...events, ...outbox.messages]).toEqual([])
  })

  it('is undecodable, not unsupported, when its tag does not match: nobody can claim a newer schema', async () => {
    const data = tagParts(await fullParts(), place, keys)
    const forged = data.replace('"test",1,', '"test",2,')
    expect(forged).toContain('"test",2,')
    expect(codeOf(() => decodeRecord(data, place, keys))).toBe('nothing thrown')
    expect(codeOf(() => decodeRecord(forged, place, keys))).toBe('undecodable_record')
  })
})
