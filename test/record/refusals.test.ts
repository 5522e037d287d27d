import { createTestMfa, testKey } from '@countersign/adapters/testing'
import { describe, expect, it } from 'vitest'
import { createKeyRing } from '../../packages/core/src/keys/key-ring.js'
import { decodeRecord, encodeRecord, tagKeyOf, tagParts } from '../../packages/core/src/record/codec.js'
import { ownerOf } from '../../packages/core/src/record/owner.js'
import { initialRecord, type MfaRecord, type TotpFactor } from '../../packages/core/src/record/record.js'
import { refusalOf } from '../refusal-of.js'
import { keys, partsOf, place, recordIn } from './parts.js'

describe('a stored text that is not read', () => {
  const data = encodeRecord(initialRecord(), place, keys)
  const because = (why: string) => `The stored record cannot be read: ${why}.`

  it.each([
    ['{}', because('it does not begin with a tag')],
    ['["short","test",1]', because('it does not begin with a tag')],
    [` ${data}`, because('it does not begin with a tag')],
    [data.replace('"test"', '""'), because('it does not begin with a tag')],
    [data.replace('"test"', '"te/st"'), because('it does not begin with a tag')],
    [data.replace('"test"', `"${'k'.repeat(33)}"`), because('it does not begin with a tag')],
    [data.replace('"test"', `"${'k'.repeat(32)}"`), because('its key is not in the ring')],
    [data.replace('"test",1', '"test",'), because('it does not begin with a tag')],
    [data.replace('"test",1', '"test",1.0'), because('it does not begin with a tag')],
    [data.replace('"test",1', '"test",1234567890'), because('it does not begin with a tag')],
    [data.replace('"test",1', '"test",123456789'), because('its tag does not match')],
    [data.replace('"test"', '"gone"'), because('its key is not in the ring')],
    [data.replace(/.$/, ' '), because('its tag does not match')],
    [tagParts(['test', 1, 'x'], place, keys), because('its content has an unexpected shape')],
    [tagParts(['test', 2], place, keys), 'The record has schema 2; this release reads 1.'],
    [
      encodeRecord({ ...initialRecord(), recent: ['\ufffd'] }, place, keys).replace('\ufffd', '\ud800'),
      because('it is not well-formed text'),
    ],
  ])('says why, and nothing of what it holds: %j', (text, message) => {
    expect(refusalOf(() => decodeRecord(text, place, keys))).toBe(message)
  })

  it('has a list that is longer than any that is written', () => {
    const [key, schema, saves, , ...rest] = partsOf(data)
    const decodeWith = (versions: number) => {
      const parts = [key, schema, saves, Array(versions).fill('x'), ...rest]
      return refusalOf(() => decodeRecord(tagParts(parts, place, keys), place, keys))
    }
    expect([decodeWith(4), decodeWith(5)]).toEqual(['nothing thrown', because('its content has an unexpected shape')])
  })

  it('is not made of a record that could not be read again', () => {
    const broken = { ...initialRecord(), saves: -1 } as MfaRecord
    const message = 'Nothing was saved: what was to be stored could not be read again.'
    expect(refusalOf(() => encodeRecord(broken, place, keys))).toBe(message)
  })

  it.each([{ key: 'a/b' }, { key: '/ab' }, { key: 'ab/' }, { box: 'QUI=' }, { box: '=QUI' }, { box: '' }])(
    'is not made with a sealed secret of %j',
    async (part) => {
      const { store, givenUser } = createTestMfa()
      await givenUser({ userId: 'kim', totp: true })
      const record = await recordIn(store, '0:kim')
      const [app] = record.factors as readonly [TotpFactor]
      const withSecret = (secret: object) =>
        refusalOf(() =>
          encodeRecord({ ...record, factors: [{ ...app, secret: { ...app.secret, ...secret } }] }, place, keys),
        )
      expect([withSecret({}), withSecret(part)]).toEqual([
        'nothing thrown',
        'Nothing was saved: what was to be stored could not be read again.',
      ])
    },
  )

  it('names the key of its tag, if it has one', () => {
    const [, ...rest] = partsOf(data)
    const ring = createKeyRing([{ id: 'a.B_9-', secret: testKey }])
    expect(tagKeyOf(tagParts(['a.B_9-', ...rest], place, ring))).toBe('a.B_9-')
    expect([tagKeyOf('{}'), tagKeyOf('')]).toEqual([undefined, undefined])
  })
})

describe('the owner of a record', () => {
  it('frames the tenant by its bytes: no two users meet (X04)', () => {
    expect(ownerOf({ userId: 'kim' })).toBe('0:kim')
    expect(ownerOf({ userId: 'kim', tenantId: 'é' })).toBe('2:ékim')
    expect(ownerOf({ userId: 'kim', tenantId: '12:x' })).toBe('4:12:xkim')
  })

  it('has 255 bytes at most', () => {
    expect(ownerOf({ userId: 'x'.repeat(253) })).toHaveLength(255)
    expect(Buffer.byteLength(ownerOf({ userId: 'é'.repeat(100), tenantId: 'x'.repeat(52) }))).toBe(255)
    const tooLong = '`userId` must be at most 240 bytes together with `tenantId`.'
    for (const user of [
      { userId: 'x'.repeat(254) },
      { userId: 'x'.repeat(255) },
      { userId: 'é'.repeat(100), tenantId: 'x'.repeat(53) },
    ]) {
      expect(refusalOf(() => ownerOf(user))).toBe(tooLong)
    }
  })

  it.each([undefined, '', 5, null, 'a\nb', 'a\u2028b', '\ud800', 'x'.repeat(256)])(
    'is no user and no tenant named %j',
    (id) => {
      const wanted = 'must be a non-empty string without control characters.'
      expect(refusalOf(() => ownerOf({ userId: id }))).toBe(`\`userId\` ${wanted}`)
      if (id === undefined) return
      expect(refusalOf(() => ownerOf({ userId: 'kim', tenantId: id }))).toBe(`\`tenantId\` ${wanted}`)
    },
  )
})
