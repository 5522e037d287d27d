/** S1, S10, S11: what is read is what was written, byte for byte, under the very owner it was written for. */

import { expectEqual, mustSave, type StoreCase } from './case.js'

const maxDataLength = 64 * 1024

const hostileTexts: readonly string[] = [
  '{"tag":"x","v":1}',
  '',
  ' leading and trailing ',
  `quotes ' " \` and backslashes \\ \\n \\u0000`,
  'lines\nand\r\ntabs\tand a last line\n',
  '%s %d \u0024{x} {{y}} :name ?1 $1 @p',
  'umlauts äöü, é as one, e\u0301 as two, ﬁ ligature, İıſ',
  'emoji 🔐👩‍👩‍👧‍👦 and 𝒳 beyond the first plane',
  'separators \u2028 \u2029 \u00a0 \ufeff \u200b',
  'control \u0001 \u001f \u007f \u0085',
  'not json at all }{][',
  "'; drop table mfa_record; --",
]

const neighbors: readonly (readonly [string, string, string])[] = [
  ['case', '0:alice', '0:Alice'],
  ['trailing space', '0:bob', '0:bob '],
  ['normal form', '0:caf\u00e9', '0:cafe\u0301'],
  ['wildcards', '0:a_c%', '0:abcd'],
  ['tenant and user', '1:ab', '0:1:ab'],
  ['accent', '0:resume', '0:résumé'],
  ['width', '0:abc', '0:ａｂｃ'],
  ['sharp s', '0:strasse', '0:straße'],
  ['zero width', '0:dave', '0:da\u200bve'],
  ['braces', '0:{x}', '0:x'],
  ['length', `0:${'x'.repeat(253)}`, `0:${'x'.repeat(252)}`],
]

export const readingCases: readonly StoreCase[] = [
  {
    id: 'S1-absent',
    law: 'S1',
    title: 'load answers null for an owner that was never saved',
    explanation: 'The core takes null for "a user without MFA".\nAn empty object or undefined is not null.',
    async run({ harness, owner }) {
      const store = await harness.open()
      expectEqual(await store.load(owner()), null, 'load of an unknown owner')
    },
  },
  {
    id: 'S1-byte-for-byte',
    law: 'S1',
    title: 'data comes back byte for byte, whatever text it is',
    explanation: 'The record carries a tag over its text.\nColumn types, encodings and escaping change texts silently.',
    async run({ harness, owner, version }) {
      const [writer, reader] = [await harness.open(), await harness.open()]
      for (const [index, text] of hostileTexts.entries()) {
        const at = owner(`text-${index}`)
        const saved = version()
        await mustSave(writer, at, text, saved, null)
        expectEqual(await reader.load(at), { version: saved, data: text }, `text ${index}`)
        if (harness.rawLoad) expectEqual(await harness.rawLoad(at), text, `text ${index}, read another way`)
      }
    },
  },
  {
    id: 'S1-64-kib',
    law: 'S1',
    title: 'data of 64 KiB comes back whole, in ASCII and in multi-byte text',
    explanation: 'A record may be as large as 64 KiB.\nColumns with a smaller limit truncate or refuse.',
    async run({ harness, owner, version }) {
      const store = await harness.open()
      for (const [name, text] of [
        ['ascii', 'x'.repeat(maxDataLength)],
        ['multi-byte', '漢'.repeat(Math.floor(maxDataLength / 3))],
      ] as const) {
        const saved = version()
        await mustSave(store, owner(name), text, saved, null)
        expectEqual(await store.load(owner(name)), { version: saved, data: text }, name)
      }
    },
  },
  {
    id: 'S1-latest-everywhere',
    law: 'S1',
    title: 'after an acknowledged save every connection loads the new record, again and again',
    explanation: 'A guard must not read an old record.\nCaches and lagging replicas do.',
    async run({ harness, owner, version }) {
      const stores = [await harness.open(), await harness.open(), await harness.open()]
      let last: string | null = null
      for (let round = 0; round < 12; round++) {
        const next = version()
        await mustSave(stores[round % 3] as (typeof stores)[0], owner(), `round ${round}`, next, last)
        for (const store of stores) expectEqual((await store.load(owner()))?.version, next, `round ${round}`)
        last = next
      }
    },
  },
  {
    id: 'S10-owners-are-bytes',
    law: 'S10',
    title: 'owners that differ only by case, spaces, normal form or wildcards are different owners',
    explanation: 'Two users must never share a record.\nCollations fold case, accents and trailing spaces.',
    async run({ harness, owner, version }) {
      const store = await harness.open()
      for (const [name, a, b] of neighbors) {
        const [ownerA, ownerB] = name === 'length' ? [a, b] : [owner(a), owner(b)]
        await store.erase(ownerA)
        await store.erase(ownerB)
        await mustSave(store, ownerA, 'a', version(), null)
        expectEqual(await store.load(ownerB), null, `${name}: the other owner`)
        await mustSave(store, ownerB, 'b', version(), null)
        expectEqual((await store.load(ownerA))?.data, 'a', `${name}: the first owner`)
        await store.erase(ownerB)
        expectEqual((await store.load(ownerA))?.data, 'a', `${name}: the first owner after erasing the other`)
      }
    },
  },
  {
    id: 'S11-opaque',
    law: 'S11',
    title: 'text that looks like JSON is not parsed, reordered or reformatted',
    explanation: 'The tag covers the exact text.\nJSON columns drop spaces, duplicate keys and key order.',
    async run({ harness, owner, version }) {
      const store = await harness.open()
      const text = '{ "b":1,  "a" :2, "a":3, "n":1.0, "big":12345678901234567890, "e":1e2 }'
      await mustSave(store, owner(), text, version(), null)
      expectEqual((await store.load(owner()))?.data, text, 'the text')
    },
  },
]
