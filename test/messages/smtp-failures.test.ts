import type { SMTPServerOptions } from 'smtp-server'
import { describe, expect, it, vi } from 'vitest'
import { DeliveryError, isDeliveryError } from '../../packages/adapters/src/smtp/index.js'
import { failureOf, givenServer, shown } from './mail-setup.js'
import { emailCode, emailLink } from './samples.js'

describe('a mail that a server does not take', () => {
  const reply = (responseCode: number) => (_any: unknown, _session: unknown, done: (error: Error) => void) =>
    done(Object.assign(new Error('5.7.1 not with 482913 to kim@example.com'), { responseCode }))
  const afterData =
    (responseCode: number): NonNullable<SMTPServerOptions['onData']> =>
    (stream, session, done) => {
      stream.resume()
      stream.on('end', () => reply(responseCode)(stream, session, done))
    }

  it.each([
    ['the recipient for now', { onRcptTo: reply(450) }, 450, true],
    ['the recipient for good', { onRcptTo: reply(550) }, 550, false],
    ['the sender', { onMailFrom: reply(553) }, 553, false],
    ['the content for now', { onData: afterData(451) }, 451, true],
    ['the content for good', { onData: afterData(554) }, 554, false],
  ])(
    'because it refuses %s rejects with its status, and whether later may do',
    async (_what, server, status, isTemporary) => {
      const { messenger } = await givenServer(server as SMTPServerOptions)
      const failure = await failureOf(messenger.send(emailCode()))
      expect(failure).toBeInstanceOf(DeliveryError)
      expect(isDeliveryError(failure)).toBe(true)
      expect(failure).toMatchObject({ status, isTemporary })
    },
  )

  it('because it answers too slowly rejects, and later may do', async () => {
    const { messenger } = await givenServer({ onData: (stream) => void stream.resume() }, { socketTimeout: 100 })
    expect(await failureOf(messenger.send(emailCode()))).toMatchObject({ name: 'DeliveryError', isTemporary: true })
  })

  it('because it hangs up amid the message rejects, and later may do', async () => {
    let hangUp = (): void => undefined
    const { server, messenger } = await givenServer({ onData: () => hangUp() })
    hangUp = server.hangUp
    expect(await failureOf(messenger.send(emailCode()))).toMatchObject({ name: 'DeliveryError', isTemporary: true })
  })

  it('because nobody listens rejects, and later may do', async () => {
    const { server, messenger } = await givenServer()
    await server.close()
    expect(await failureOf(messenger.send(emailCode()))).toMatchObject({ name: 'DeliveryError', isTemporary: true })
  })

  it('because it offers no STARTTLS where the transport requires it rejects, and nothing went in clear', async () => {
    const { server, messenger } = await givenServer({}, { requireTLS: true })
    expect(await failureOf(messenger.send(emailCode()))).toMatchObject({ name: 'DeliveryError' })
    expect(server.received).toEqual([])
  })

  it('because the password is wrong rejects for good', async () => {
    const auth = { onAuth: (_auth: unknown, _session: unknown, done: (error: Error) => void) => done(new Error('no')) }
    const { messenger } = await givenServer({ ...auth, allowInsecureAuth: true } as SMTPServerOptions, {
      auth: { user: 'acme', pass: 'wrong-password' },
    })
    const failure = await failureOf(messenger.send(emailCode()))
    expect(failure).toMatchObject({ name: 'DeliveryError', isTemporary: false })
    expect(shown(failure)).not.toContain('wrong-password')
  })

  it('leaves no code, link or address in the error, even if the server quotes them (X37)', async () => {
    const { messenger } = await givenServer({ onData: afterData(554) })
    for (const message of [emailCode(), emailLink()]) {
      const text = shown(await failureOf(messenger.send(message)))
      for (const secret of ['482913', emailLink().secret, 'kim@example.com']) expect(text).not.toContain(secret)
    }
  })
})

describe('the recognition of a delivery error', () => {
  it('does not depend on which copy of the class made it', async () => {
    vi.resetModules()
    const copy = await import('../../packages/adapters/src/messages/delivery-error.js')
    const foreign = new copy.DeliveryError('x', { isTemporary: true })
    expect(foreign).not.toBeInstanceOf(DeliveryError)
    expect(isDeliveryError(foreign)).toBe(true)
  })

  it.each([undefined, null, 'DeliveryError', new Error('x'), { name: 'DeliveryError' }])(
    'is not taken in by %s',
    (value) => {
      expect(isDeliveryError(value)).toBe(false)
    },
  )
})
