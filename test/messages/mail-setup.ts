/** A messenger over real nodemailer and a real server, and what is done with its failures. */

import { inspect } from 'node:util'
import type { Messenger } from '@countersign/core'
import nodemailer from 'nodemailer'
import type { SMTPServerOptions } from 'smtp-server'
import { afterEach, expect } from 'vitest'
import { createSmtpMessenger, type SmtpMessengerOptions } from '../../packages/adapters/src/smtp/index.js'
import { type MailServer, startMailServer } from './mail-server.js'

export const from = 'Acme <security@acme.example>'
const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

export async function givenServer(
  server: SMTPServerOptions = {},
  transport: object = {},
  options: Partial<SmtpMessengerOptions> = {},
): Promise<{ server: MailServer; messenger: Messenger }> {
  const started = await startMailServer(server)
  const client = nodemailer.createTransport({ host: '127.0.0.1', port: started.port, ...transport })
  closers.push(
    () => started.close(),
    () => client.close(),
  )
  return { server: started, messenger: createSmtpMessenger(client, { from, ...options }) }
}

export async function failureOf(sending: Promise<void>): Promise<unknown> {
  return sending.then(
    () => expect.fail('the message went through'),
    (error: unknown) => error,
  )
}

/** Everything of an error that a log might show. */
export const shown = (error: unknown): string =>
  `${inspect(error, { depth: 9, showHidden: true })} ${JSON.stringify(error)} ${String((error as Error).stack)}`
