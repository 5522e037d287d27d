import { createConsoleMessenger, routeMessages } from '@countersign/adapters/console'
import { createOutbox } from '@countersign/adapters/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { emailCode, emailLink, smsCode } from './samples.js'

afterEach(() => vi.restoreAllMocks())

describe('the console messenger', () => {
  it('prints address, subject, text and code, and says that it shows codes', async () => {
    const blocks: string[] = []
    const messenger = createConsoleMessenger({ write: (text) => blocks.push(text) })
    await messenger.send(emailCode())
    await messenger.send(smsCode({ locale: 'de' }))
    await messenger.send(emailLink())
    expect(blocks).toHaveLength(3)
    expect(blocks[0]).toContain('email to kim@example.com: Your Acme code to sign in')
    expect(blocks[0]).toContain('\n482913\n')
    expect(blocks[1]).toContain('phone to +4915112345678')
    expect(blocks[1]).toContain('482913 ist Ihr Code')
    expect(blocks[2]).toContain(emailLink().link)
    for (const block of blocks) expect(block).toContain('development only: it shows codes')
  })

  it('writes to the standard error unless told otherwise, so that a program’s output stays its own', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
    await createConsoleMessenger().send(emailCode())
    expect(warn).toHaveBeenCalledOnce()
    expect(log).not.toHaveBeenCalled()
  })

  it('prints the words of a render of the host’s own', async () => {
    const blocks: string[] = []
    const render = () => ({ subject: 'S', text: 'own words' })
    await createConsoleMessenger({ write: (text) => blocks.push(text), render }).send(emailCode())
    expect(blocks[0]).toContain('own words')
  })
})

describe('routing by channel', () => {
  it('each message goes to the messenger of its channel, and to no other', async () => {
    const email = createOutbox()
    const phone = createOutbox()
    const messenger = routeMessages({ email, phone })
    await messenger.send(emailCode())
    await messenger.send(smsCode())
    expect(email.messages).toEqual([emailCode()])
    expect(phone.messages).toEqual([smsCode()])
  })

  it('a channel without a messenger is a fault of configuration that names the channel and no secret', async () => {
    const failure = await routeMessages({ email: createOutbox() })
      .send(smsCode())
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ name: 'MfaError', code: 'invalid_configuration' })
    expect(String(failure)).toContain('phone')
    expect(String(failure)).not.toContain('482913')
  })

  it('what the chosen messenger throws comes through', async () => {
    const email = createOutbox()
    email.failNext()
    await expect(routeMessages({ email }).send(emailCode())).rejects.toThrow('the outbox was told to fail')
  })
})
