import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { isReachable, planFor } from './services.js'

describe('a service that tests need', () => {
  it('is reachable while it listens, and no longer once it is gone', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`
    expect(await isReachable(address)).toBe(true)
    server.close()
    await once(server, 'close')
    expect(await isReachable(address)).toBe(false)
  })

  it('may be a program, which is there or not', async () => {
    expect(await isReachable(process.execPath)).toBe(true)
    expect(await isReachable(`${process.execPath}-missing`)).toBe(false)
  })

  it('is skipped by name where it is missing, and fails where services are required', () => {
    expect(planFor(true, true)).toBe('run')
    expect(planFor(true, false)).toBe('run')
    expect(planFor(false, false)).toBe('skip')
    expect(planFor(false, true)).toBe('fail')
  })
})
