/** S5 and S4 under real parallelism: of N saves racing on one version, or on absence, at most one wins. */

import type { MfaStore } from '@countersign/core'
import { type CaseContext, expectEqual, mustSave, type StoreCase, StoreLawBroken } from './case.js'

const connections = 4
const racers = 32
const rounds = 6

async function openSeveral({ harness }: CaseContext): Promise<readonly MfaStore[]> {
  return Promise.all(Array.from({ length: connections }, () => harness.open()))
}

/** Starts all saves at once; answers the versions that were acknowledged. */
async function race(
  context: CaseContext,
  stores: readonly MfaStore[],
  owner: string,
  expected: string | null,
): Promise<string[]> {
  const tries = Array.from({ length: racers }, async (_, index) => {
    const version = context.version()
    const store = stores[index % stores.length] as MfaStore
    return (await store.save(owner, `racer ${index}`, version, expected)) === true ? [version] : []
  })
  return (await Promise.all(tries)).flat()
}

async function requireOneWinner(
  context: CaseContext,
  owner: string,
  expected: string | null,
  stores: readonly MfaStore[],
): Promise<string> {
  // Every save may be spuriously false (S4), but not for ever.
  for (let tries = 0; tries < 20; tries++) {
    const winners = await race(context, stores, owner, expected)
    if (winners.length > 1) throw new StoreLawBroken(`${winners.length} of ${racers} racing saves were acknowledged`)
    const stored = (await (stores[0] as MfaStore).load(owner))?.version ?? null
    if (winners.length === 1) {
      expectEqual(stored, winners[0], 'the stored version is the winner’s')
      return winners[0] as string
    }
    expectEqual(stored, expected, 'nobody won, so nothing changed')
  }
  throw new StoreLawBroken('no save was acknowledged in 20 races')
}

export const racingCases: readonly StoreCase[] = [
  {
    id: 'S5-race-on-version',
    law: 'S5',
    title: `of ${racers} saves racing on one version over ${connections} connections exactly one is acknowledged`,
    explanation: 'One winner is what makes a code good once.\nCheck-then-write lets several pass the check.',
    async run(context) {
      const stores = await openSeveral(context)
      const owner = context.owner()
      let version = context.version()
      await mustSave(stores[0] as MfaStore, owner, 'start', version, null)
      for (let round = 0; round < rounds; round++) version = await requireOneWinner(context, owner, version, stores)
    },
  },
  {
    id: 'S5-race-on-absence',
    law: 'S5',
    title: `of ${racers} saves racing to create one record exactly one is acknowledged`,
    explanation: 'Two first sign-ins must not overwrite each other.\nSelect-then-insert and upserts do.',
    async run(context) {
      const stores = await openSeveral(context)
      for (let round = 0; round < rounds; round++)
        await requireOneWinner(context, context.owner(`round-${round}`), null, stores)
    },
  },
  {
    id: 'S5-no-lost-update',
    law: 'S5',
    title: 'four writers that each add 25 by load and save add up to 100',
    explanation: 'Every counted attempt stays counted.\nA blind write loses the others’ increments.',
    async run(context) {
      const stores = await openSeveral(context)
      const owner = context.owner()
      await mustSave(stores[0] as MfaStore, owner, '0', context.version(), null)
      const add = async (store: MfaStore): Promise<void> => {
        for (let tries = 0; tries < 2000; tries++) {
          const loaded = await store.load(owner)
          if (loaded === null) throw new StoreLawBroken('the record vanished')
          if (await store.save(owner, String(Number(loaded.data) + 1), context.version(), loaded.version)) return
        }
        throw new StoreLawBroken('a writer did not get through in 2000 tries')
      }
      await Promise.all(
        stores.map(async (store) => {
          for (let times = 0; times < 25; times++) await add(store)
        }),
      )
      expectEqual((await (stores[0] as MfaStore).load(owner))?.data, '100', 'the sum')
    },
  },
  {
    id: 'S6-race-with-erase',
    law: 'S6',
    title: 'a save that races with erase never brings the record back',
    explanation: 'Erased users stay erased.\nA write that does not look at the version resurrects them.',
    async run(context) {
      const stores = await openSeveral(context)
      for (let round = 0; round < rounds; round++) {
        const owner = context.owner(`round-${round}`)
        const version = context.version()
        await mustSave(stores[0] as MfaStore, owner, 'start', version, null)
        await Promise.all([
          (stores[0] as MfaStore).erase(owner),
          ...stores.map((store) => store.save(owner, 'late', context.version(), version)),
        ])
        await (stores[1] as MfaStore).erase(owner)
        expectEqual(
          await (stores[2] as MfaStore).save(owner, 'ghost', context.version(), version),
          false,
          'after the erase',
        )
        expectEqual(await (stores[3] as MfaStore).load(owner), null, 'after the erase')
      }
    },
  },
  {
    id: 'S10-race-of-neighbors',
    law: 'S10',
    title: 'parallel saves for different owners all succeed and do not mix',
    explanation: 'Owners are independent.\nShared statements or buffers mix their values.',
    async run(context) {
      const stores = await openSeveral(context)
      const owners = Array.from({ length: racers }, (_, index) => context.owner(`n-${index}`))
      await Promise.all(
        owners.map((owner, index) =>
          mustSave(stores[index % connections] as MfaStore, owner, owner, context.version(), null),
        ),
      )
      for (const owner of owners) expectEqual((await (stores[0] as MfaStore).load(owner))?.data, owner, 'the record')
    },
  },
]
