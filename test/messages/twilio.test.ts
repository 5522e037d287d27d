import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { isMfaError, type Messenger } from '@countersign/core'
import twilio from 'twilio'
import { afterEach, describe, expect, it } from 'vitest'
import {
  createTwilioMessenger,
  DeliveryError,
  type TwilioMessengerOptions,
} from '../../packages/adapters/src/twilio/index.js'
import { emailCode, notice, smsCode } from './samples.js'

const accountSid = `AC${'0'.repeat(32)}`
const sms = { channel: 'phone', address: '+4915112345678' } as const
const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

interface Received {
  readonly method: string | undefined
  readonly path: string | undefined
  readonly authorization: string | undefined
  readonly form: Readonly<Record<string, string>>
}
interface Reply {
  readonly status: number
  readonly body: unknown
}
const taken: Reply = { status: 201, body: { sid: `SM${'0'.repeat(32)}`, status: 'queued' } }

/** Twilio's REST form on the loopback, with the real client before it. `null` hangs up. */
async function givenTwilio(reply: Reply | null = taken, options: TwilioMessengerOptions = { from: '+15005550006' }) {
  const received: Received[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (reply === null) return void request.socket.destroy()
    const { method, url, headers } = request
    const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()))
    received.push({ method, path: url, authorization: headers.authorization, form })
    response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  class LoopbackClient extends twilio.RequestClient {
    override request: twilio.RequestClient['request'] = (sent) =>
      super.request({ ...sent, uri: origin + new URL(sent.uri).pathname })
  }
  const client = twilio(accountSid, 'auth-token', { httpClient: new LoopbackClient() })
  return { received, messenger: createTwilioMessenger(client, options) }
}

async function failureOf(messenger: Messenger, message = smsCode()): Promise<unknown> {
  return messenger.send(message).then(
    () => expect.fail('the message went through'),
    (error: unknown) => error,
  )
}

const shown = (error: unknown): string =>
  `${inspect(error, { depth: 9, showHidden: true })} ${JSON.stringify(error)} ${String((error as Error).stack)}`

describe('an SMS that Twilio takes', () => {
  it('is one authenticated request with recipient, sender, text, and the code’s life as its validity', async () => {
    const { received, messenger } = await givenTwilio()
    await messenger.send(smsCode())
    expect(received).toEqual([
      {
        method: 'POST',
        path: `/2010-04-01/Accounts/${accountSid}/Messages.json`,
        authorization: `Basic ${Buffer.from(`${accountSid}:auth-token`).toString('base64')}`,
        form: {
          To: '+4915112345678',
          From: '+15005550006',
          Body: '482913 is your Acme code to sign in. It expires in 10 minutes. Do not share it.',
          ValidityPeriod: '600',
        },
      },
    ])
  })

  it('goes through a messaging service where one is configured', async () => {
    const { received, messenger } = await givenTwilio(taken, { messagingServiceSid: 'MG1' })
    await messenger.send(smsCode())
    expect(received[0]?.form['MessagingServiceSid']).toBe('MG1')
    expect(received[0]?.form).not.toHaveProperty('From')
  })

  it('speaks the language of the message’s locale, letters and all', async () => {
    const { received, messenger } = await givenTwilio()
    await messenger.send(smsCode({ locale: 'ja-JP' }))
    expect(received[0]?.form['Body']).toContain('482913はAcmeのログイン用コードです。')
  })

  it('with a notice has no validity, for news does not expire', async () => {
    const { received, messenger } = await givenTwilio()
    await messenger.send(notice(sms))
    expect(received[0]?.form).not.toHaveProperty('ValidityPeriod')
  })

  it.each([
    [1, '1'],
    [999_999_000, '36000'],
  ])('with a code that lives %i ms has a validity that Twilio accepts', async (lifeMs, validity) => {
    const { received, messenger } = await givenTwilio()
    await messenger.send(smsCode({ expiresAtMs: smsCode().createdAtMs + lifeMs }))
    expect(received[0]?.form['ValidityPeriod']).toBe(validity)
  })
})

describe('the line that binds the code to a host', () => {
  const options = { from: '+15005550006', host: 'acme.example' }

  it('is the last one of a code, and stands in no notice', async () => {
    const { received, messenger } = await givenTwilio(taken, options)
    await messenger.send(smsCode())
    await messenger.send(notice(sms))
    expect(received[0]?.form['Body']?.split('\n').at(-1)).toBe('@acme.example #482913')
    expect(received[1]?.form['Body']).not.toContain('@acme.example')
  })

  it.each(['Code: 482913', 'Code: 482913\n', 'Code: 482913\n\n@acme.example #482913'])(
    'ends also the host’s own words %j, once',
    async (text) => {
      const { received, messenger } = await givenTwilio(taken, { ...options, render: () => ({ subject: '', text }) })
      await messenger.send(smsCode())
      expect(received[0]?.form['Body']).toBe('Code: 482913\n\n@acme.example #482913')
    },
  )

  it.each(['https://acme.example', 'acme.example:443', 'acme', 'acme.example\n'])('%j is no host', async (host) => {
    await expect(givenTwilio(taken, { ...options, host })).rejects.toMatchObject({ code: 'invalid_configuration' })
  })
})

describe('an SMS that Twilio does not take', () => {
  it.each([
    [400, 21211, false],
    [401, 20003, false],
    [403, 21408, false],
    [429, 20429, true],
    [500, 20500, true],
    [503, 20503, true],
  ])('with HTTP %i rejects with both codes, and whether later may do', async (status, code, isTemporary) => {
    const body = { status, code, message: 'Invalid', more_info: 'https://example.com' }
    const { messenger } = await givenTwilio({ status, body })
    const failure = await failureOf(messenger)
    expect(failure).toBeInstanceOf(DeliveryError)
    expect(failure).toMatchObject({ status, isTemporary })
    expect(String(failure)).toContain(`HTTP ${status}, code ${code}`)
  })

  it.each(['failed', 'undelivered', 'canceled'])('though it answers 201 is one that is %s', async (status) => {
    const { messenger } = await givenTwilio({ status: 201, body: { ...(taken.body as object), status } })
    expect(await failureOf(messenger)).toMatchObject({ name: 'DeliveryError', isTemporary: false })
  })

  it('because it hangs up rejects, and later may do', async () => {
    const { messenger } = await givenTwilio(null)
    expect(await failureOf(messenger)).toMatchObject({ name: 'DeliveryError', isTemporary: true })
  })

  it('leaves no code, number or token in the error, even if Twilio quotes them (X37)', async () => {
    const message = 'cannot send "482913 is your code" to +4915112345678'
    for (const reply of [{ status: 400, body: { status: 400, code: 21610, message, details: { message } } }, null]) {
      const text = shown(await failureOf((await givenTwilio(reply)).messenger))
      for (const secret of ['482913', '4915112345678', 'auth-token']) expect(text).not.toContain(secret)
    }
  })
})

describe('the configuration of the Twilio messenger', () => {
  it.each([{}, { from: '' }, { from: '+15005550006', messagingServiceSid: 'MG1' }])(
    'refuses %j as a sender',
    (options) => {
      const client = { messages: { create: async () => undefined } }
      expect(() => createTwilioMessenger(client, options)).toThrow(
        expect.objectContaining({ code: 'invalid_configuration' }),
      )
    },
  )

  it('a message to an email address is a fault of configuration, and is not sent', async () => {
    const { received, messenger } = await givenTwilio()
    const failure = await failureOf(messenger, emailCode())
    expect(isMfaError(failure) && failure.code).toBe('invalid_configuration')
    expect(shown(failure)).not.toContain('482913')
    expect(received).toEqual([])
  })
})
