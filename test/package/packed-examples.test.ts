import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import type { MfaOptions } from '@countersign/core'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { Browser, describeHostFlow, environment, type RunningHost, user } from '../examples/host-flow.js'
import { describeWithService } from '../services.js'
import { bin, root, run } from './pack.js'

const { host } = inject('packed')
const expressFolder = join(host, 'express')
const nestFolder = join(host, 'nest')

/** Copies an example beside the packed packages; what else it needs comes from where it is installed. */
function placeExample(name: string, folder: string, dependencies: Readonly<Record<string, string>>): void {
  cpSync(join(root, 'examples', name), folder, { recursive: true, filter: (path) => !path.includes('node_modules') })
  for (const [dependency, installed] of Object.entries(dependencies)) {
    const link = join(folder, 'node_modules', dependency)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(installed, link, 'dir')
  }
}

interface ExpressExample {
  createApp(options: Partial<MfaOptions>): Promise<{ listen(port: number, host: string): Server }>
}

const ofHost = createRequire(join(host, 'package.json'))
const load = <T>(path: string): T => ofHost(path) as T
type TestKit = typeof import('@countersign/adapters/testing')

async function startExpress(path: string, env: Readonly<Record<string, string>>): Promise<RunningHost> {
  delete process.env.DATABASE_URL
  Object.assign(process.env, environment, env)
  const { createManualClock, createOutbox } = load<TestKit>('@countersign/adapters/testing')
  const [clock, outbox] = [createManualClock(), createOutbox()]
  const app = await load<ExpressExample>(path).createApp({ clock, messenger: outbox })
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, clock, outbox, stop: () => closed(server) }
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

beforeAll(() => {
  const names = ['better-sqlite3', 'express', 'express-session', 'pg']
  placeExample('express', expressFolder, Object.fromEntries(names.map((name) => [name, bin(name)])))
})

describe('the example of an Express host, in CommonJS on the packed packages, with SQLite', () => {
  describeHostFlow(() => startExpress('./express/server.js', { SQLITE_FILE: ':memory:' }))
})

await describeWithService('postgres', 'the example of an Express host, with PostgreSQL', (address) => {
  const pool = new pg.Pool({ connectionString: address })
  afterAll(() => pool.end())
  let schemas = 0

  describeHostFlow(async () => {
    const schema = `express_example_${process.pid}_${++schemas}`
    await pool.query(`create schema ${schema}`)
    const running = await startExpress('./express/server.js', {
      DATABASE_URL: `${address}?options=-c%20search_path%3D${schema}`,
    })
    const stop = async (): Promise<void> => {
      await running.stop()
      const { rowCount } = await pool.query(`select from ${schema}.mfa_record`)
      await pool.query(`drop schema ${schema} cascade`)
      expect(rowCount).toBeLessThanOrEqual(1)
    }
    return { ...running, stop }
  })
})

describe('the host of the Express example without the lines of Countersign', () => {
  it('still signs in by the password', async () => {
    const code = readFileSync(join(expressFolder, 'server.js'), 'utf8')
    writeFileSync(join(expressFolder, 'bare.js'), code.replace(/^ *\/\/ mfa:begin\n[\s\S]*?\/\/ mfa:end\n/gm, ''))
    const bare = await startExpress('./express/bare.js', { SQLITE_FILE: ':memory:' })
    const browser = new Browser(bare.url)
    expect((await browser.get('/account')).status).toBe(401)
    expect((await browser.post('/sign-in', user)).status).toBe(200)
    expect((await browser.get('/account')).status).toBe(200)
    await bare.stop()
  })
})

describe('the example of a Nest host, on the packed packages', () => {
  it('passes its own tests in Jest, with no flag', () => {
    const names = ['@nestjs/common', '@nestjs/core', '@nestjs/platform-express', '@nestjs/testing', '@types/jest']
    const others = ['@types/node', 'jest', 'reflect-metadata', 'rxjs', 'ts-jest', 'typescript']
    const at = (name: string): string => join(root, 'examples/nest/node_modules', name)
    placeExample('nest', nestFolder, Object.fromEntries([...names, ...others].map((name) => [name, at(name)])))
    run(process.execPath, [at('jest/bin/jest.js'), '--ci', '--no-cache', '--no-watchman'], nestFolder, 110_000)
  })
})
