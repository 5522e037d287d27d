/** S2, S3, S4, S6, S7, S8, S9: what compare-and-swap promises when nobody races. */

import { expectEqual, mustSave, type StoreCase } from './case.js'

export const writingCases: readonly StoreCase[] = [
  {
    id: 'S2-create-once',
    law: 'S2',
    title: 'saving with expected null creates an absent record and never replaces an existing one',
    explanation: 'null means "must not exist".\nAn upsert replaces what another process has just created.',
    async run({ harness, owner, version }) {
      const store = await harness.open()
      const first = version()
      await mustSave(store, owner(), 'first', first, null)
      expectEqual(await store.save(owner(), 'second', version(), null), false, 'a second creation')
      expectEqual(await store.load(owner()), { version: first, data: 'first' }, 'the record')
    },
  },
  {
    id: 'S2-exact-version',
    law: 'S2',
    title: 'the expected version is compared whole and byte for byte',
    explanation: 'Versions are random texts.\nPrefix, case-folding or padded comparisons let a stale writer win.',
    async run({ harness, owner, version }) {
      const store = await harness.open()
      const current = `aB${version().slice(2)}`
      await mustSave(store, owner(), 'kept', current, null)
      for (const wrong of [
        current.toUpperCase(),
        current.toLowerCase(),
        current.slice(0, -1),
        `${current} `,
        `${current}x`,
        '',
        '%',
        version(),
      ]) {
        if (wrong === current) continue
        expectEqual(await store.save(owner(), 'stolen', version(), wrong), false, `expected ${JSON.stringify(wrong)}`)
      }
      expectEqual(await store.load(owner()), { version: current, data: 'kept' }, 'the record')
      await mustSave(store, owner(), 'next', version(), current)
    },
  },
  {
    id: 'S2-equal-data',
    law: 'S2',
    title: 'saving equal data stores the new version',
    explanation:
      'The old version must stop working even if the text is the same.\n"No rows changed" is not "not saved".',
    async run({ harness, owner, version }) {
      const store = await harness.open()
      const [first, second] = [version(), version()]
      await mustSave(store, owner(), 'same', first, null)
      await mustSave(store, owner(), 'same', second, first)
      expectEqual((await store.load(owner()))?.version, second, 'the version')
      expectEqual(await store.save(owner(), 'same', version(), first), false, 'the old version')
    },
  },
  {
    id: 'S3-visible-elsewhere',
    law: 'S3',
    title: 'an acknowledged save is there for a connection that is opened afterwards',
    explanation: 'True means durable, not queued.\nWrite-behind and open transactions lose it.',
    async run({ harness, owner, version }) {
      const store = await harness.open()
      const saved = version()
      await mustSave(store, owner(), 'durable', saved, null)
      expectEqual(await (await harness.open()).load(owner()), { version: saved, data: 'durable' }, 'the record')
      if (harness.rawLoad) expectEqual(await harness.rawLoad(owner()), 'durable', 'the record, read another way')
    },
  },
  {
    id: 'S4-false-changes-nothing',
    law: 'S4',
    title: 'a save that answers false has changed nothing, for nobody',
    explanation: 'False means "decide again from what is there".\nA swallowed error may hide a save that happened.',
    async run({ harness, owner, version }) {
      const [a, b] = [await harness.open(), await harness.open()]
      const first = version()
      await mustSave(a, owner(), 'kept', first, null)
      for (let tries = 0; tries < 8; tries++) {
        expectEqual(await b.save(owner(), `attempt ${tries}`, version(), version()), false, 'a wrong version')
        expectEqual(await a.load(owner()), { version: first, data: 'kept' }, 'the record')
      }
    },
  },
  {
    id: 'S4-false-hides-no-save',
    law: 'S4',
    title: 'over many saves in a row, a false never hides a save that happened',
    explanation: 'The core decides again after a false.\nA lost answer taken for false makes one attempt count twice.',
    async run({ harness, owner, version }) {
      const stores = [await harness.open(), await harness.open()] as const
      let current: string | null = null
      for (let turn = 0; turn < 40; turn++) {
        const next = version()
        const saved = await stores[turn % 2 === 0 ? 0 : 1].save(owner(), `turn ${turn}`, next, current)
        if (saved) current = next
        expectEqual(
          (await stores[0].load(owner()))?.version ?? null,
          current,
          `after turn ${turn}, which answered ${saved}`,
        )
      }
    },
  },
  {
    id: 'S6-no-resurrection',
    law: 'S6',
    title: 'saving with a version on an absent owner answers false and stores nothing',
    explanation: 'An erased user stays erased.\nAn upsert brings the record back with its old factors.',
    async run({ harness, owner, version }) {
      const store = await harness.open()
      expectEqual(await store.save(owner('never'), 'ghost', version(), version()), false, 'an owner that never was')
      expectEqual(await store.load(owner('never')), null, 'an owner that never was')
      const first = version()
      await mustSave(store, owner('erased'), 'alive', first, null)
      await store.erase(owner('erased'))
      expectEqual(await store.save(owner('erased'), 'ghost', version(), first), false, 'an erased owner')
      expectEqual(await store.load(owner('erased')), null, 'an erased owner')
    },
  },
  {
    id: 'S7-given-version',
    law: 'S7',
    title: 'the stored version is the one that was given, never one of the store’s own',
    explanation:
      'The core makes versions that are never reused.\nA counter of the store’s starts again after an erase.',
    async run({ harness, owner, version }) {
      const store = await harness.open()
      const [first, second] = [version(), version()]
      await mustSave(store, owner(), '1', first, null)
      expectEqual((await store.load(owner()))?.version, first, 'the first version')
      await store.erase(owner())
      await mustSave(store, owner(), '2', second, null)
      expectEqual((await store.load(owner()))?.version, second, 'the version after erase and creation')
      expectEqual(await store.save(owner(), '3', version(), first), false, 'the version of the erased record')
      expectEqual((await store.load(owner()))?.data, '2', 'the record')
    },
  },
  {
    id: 'S8-erase',
    law: 'S8',
    title: 'erase forgets the owner, can be repeated, and leaves every other owner alone',
    explanation: 'A user’s right to be forgotten, and nobody else’s.\nPatterns and prefixes erase neighbors.',
    async run({ harness, owner, version }) {
      const [a, b] = [await harness.open(), await harness.open()]
      await mustSave(a, owner('gone'), 'x', version(), null)
      await mustSave(a, owner('gone-too'), 'y', version(), null)
      await a.erase(owner('gone'))
      await a.erase(owner('gone'))
      await a.erase(owner('never was'))
      expectEqual(await b.load(owner('gone')), null, 'the erased owner')
      expectEqual((await b.load(owner('gone-too')))?.data, 'y', 'the neighbor')
      if (harness.rawLoad) expectEqual(await harness.rawLoad(owner('gone')), null, 'the erased owner, read another way')
    },
  },
  {
    id: 'S9-nothing-vanishes',
    law: 'S9',
    title: 'records stay while many others come, change and go',
    explanation:
      'Absent means "no MFA": a lost record opens the account.\nEviction, expiry and size limits lose records.',
    async run({ harness, owner, version }) {
      const store = await harness.open()
      const kept = Array.from({ length: 40 }, (_, index) => owner(`kept-${index}`))
      for (const each of kept) await mustSave(store, each, each, version(), null)
      for (let index = 0; index < 60; index++) {
        await mustSave(store, owner(`passing-${index}`), 'x'.repeat(2000), version(), null)
        for (const each of kept.slice(0, 3)) await store.load(each)
        await store.erase(owner(`passing-${index}`))
      }
      for (const each of kept) expectEqual((await store.load(each))?.data, each, 'a record nobody touched')
    },
  },
  {
    id: 'S10-no-cross-owner-effect',
    law: 'S10',
    title: 'a save for one owner leaves every other owner’s version and data alone',
    explanation: 'One record per user.\nA missing condition updates every row of that version.',
    async run({ harness, owner, version }) {
      const store = await harness.open()
      const shared = version()
      await mustSave(store, owner('a'), 'a', shared, null)
      await mustSave(store, owner('b'), 'b', shared, null)
      await mustSave(store, owner('a'), 'a2', version(), shared)
      expectEqual(await store.load(owner('b')), { version: shared, data: 'b' }, 'the other owner')
    },
  },
]
