import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeWithService } from '../services.js'
import {
  freshMysqlDatabase,
  freshName,
  type OpenStore,
  openStore,
  removeTemporaryFiles,
  type StoreSpec,
  temporaryFile,
} from './open-store.js'
import { openRaceTrack, type RaceTrack, races } from './races.js'
import { durableRedis, type OwnServer, ownRedis, ownRedisCluster } from './servers.js'

const limitMs = 120_000

function racesOn(kind: StoreSpec['kind'], url: () => string): void {
  describe(`64 calls from four processes on ${kind}`, () => {
    const name = freshName()
    let opened: OpenStore
    let track: RaceTrack
    beforeAll(async () => {
      const spec = { kind, url: url(), name }
      opened = await openStore(spec)
      await opened.store.setup()
      track = await openRaceTrack(spec)
    }, limitMs)
    afterAll(async () => {
      await track.close()
      await opened.drop()
      await opened.close()
    }, limitMs)
    it.each(Object.keys(races))(
      '%s',
      async (race) => {
        const { faults } = await track.run(race)
        expect(faults).toEqual([])
      },
      limitMs,
    )
  })
}

const file = temporaryFile()
afterAll(removeTemporaryFiles)
racesOn('libsql', () => file)

await describeWithService('postgres', 'PostgreSQL', (url) => racesOn('pg pool', () => url))

await describeWithService('mariadb', 'MariaDB', (url) => {
  let database: Awaited<ReturnType<typeof freshMysqlDatabase>>
  beforeAll(async () => {
    database = await freshMysqlDatabase(url)
  })
  afterAll(() => database.drop())
  racesOn('mysql2', () => database.url)
})

await describeWithService('redis', 'Redis', () => {
  let server: OwnServer
  let cluster: OwnServer
  beforeAll(async () => {
    server = await ownRedis(durableRedis)
    cluster = await ownRedisCluster()
    await server.start()
    await cluster.start()
  }, limitMs)
  afterAll(async () => {
    await server.remove()
    await cluster.remove()
  })
  racesOn('node-redis', () => server.url)
  racesOn('ioredis cluster', () => cluster.url)
})
