import { createMemoryStore } from '@countersign/adapters/memory'
import { testKey } from '@countersign/adapters/testing'
import { createMfa, unwrap } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import {
  createIdSource,
  drawEntropy,
  drawOnce,
  entropyLength,
  readEntropy,
  takeDecimalCode,
} from '../../packages/core/src/keys/entropy.js'
import { systemRandom } from '../../packages/core/src/shell/system.js'

const entropyOf = (...bytes: readonly number[]) => readEntropy(() => Uint8Array.from(bytes))

/** A source that remembers how much it was asked for. */
function countedRandom() {
  const asked: number[] = []
  const random = (length: number): Uint8Array => {
    asked.push(length)
    return systemRandom(length)
  }
  return { asked, random }
}

describe('drawn randomness', () => {
  it('is taken in order, and never more of it than was drawn', () => {
    const entropy = entropyOf(0, 1, 2, 3, 4, 5)
    expect([...entropy.take(2)]).toEqual([0, 1])
    expect([...entropy.take(3)]).toEqual([2, 3, 4])
    expect(() => entropy.take(2)).toThrow(new RangeError('more randomness taken than drawn'))
    expect([...entropy.take(1)]).toEqual([5])
  })

  it.each([[null], [[1, 2]], ['x'.repeat(16)], [new Uint8Array(15)], [new Uint8Array(17)]])(
    'is refused where the source answers %j in place of 16 bytes',
    (drawn) => {
      expect(drawEntropy((length) => new Uint8Array(length), 16)).toHaveLength(16)
      expect(() => drawEntropy(() => drawn as Uint8Array, 16)).toThrow('16 bytes')
    },
  )

  it('makes codes of every digit asked for, leading zeros too', () => {
    const zeros = Array<number>(15).fill(0)
    expect(takeDecimalCode(entropyOf(...zeros, 0), 6)).toBe('000000')
    expect(takeDecimalCode(entropyOf(...zeros, 42), 8)).toBe('00000042')
    const most = takeDecimalCode(entropyOf(...Array<number>(16).fill(255)), 6)
    expect(most).toBe(String((2n ** 128n - 1n) % 1_000_000n))
  })

  it('is drawn when first needed, once: decisions made again after a conflict take the same', () => {
    const { asked, random } = countedRandom()
    const draw = drawOnce(random)
    expect(asked).toEqual([])
    const [first, again] = [readEntropy(draw).take(32), readEntropy(draw).take(32)]
    expect(again).toEqual(first)
    expect(asked).toEqual([entropyLength])
  })

  it('serves many ids, and no two of them are the same', () => {
    const { asked, random } = countedRandom()
    const nextId = createIdSource(random)
    const perDraw = entropyLength / 16
    const ids = Array.from({ length: 3 * perDraw }, nextId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect(asked).toEqual(Array(3).fill(entropyLength))
    nextId()
    expect(asked).toHaveLength(4)
  })

  it('is a copy: a source may use its own memory again, or wipe it', () => {
    const own = new Uint8Array(entropyLength)
    const random = (): Uint8Array => own.fill(own[0] === 255 ? 1 : 255)
    const draw = drawOnce(random)
    const nextId = createIdSource(random)
    const [first, firstId] = [readEntropy(draw).take(16), nextId()]
    own.fill(0)
    expect([readEntropy(draw).take(16), nextId()]).toEqual([first, firstId])
    expect(drawEntropy(() => Buffer.from(own)).buffer).not.toBe(own.buffer)
  })

  it('is drawn for no call that saves nothing', async () => {
    const { asked, random } = countedRandom()
    const mfa = createMfa({
      issuer: 'Acme',
      keys: [{ id: 'test', secret: testKey }],
      store: createMemoryStore(),
      random,
    })
    const session = { userId: 'kim', sessionId: 's1' }
    await mfa.sessions.assess(session)
    await mfa.challenges.verify(session, { factor: 'totp', code: '123456' })
    expect(asked).toEqual([])
    unwrap(await mfa.sessions.begin(session, { method: 'password' }))
    expect(asked.length).toBeGreaterThan(0)
  })
})
