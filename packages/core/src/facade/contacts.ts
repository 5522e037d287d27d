/** `mfa.contacts`: email addresses and phone numbers, verified by us or attested by the host. */

import { normalizeAddress } from '../contact/address.js'
import { attestContact, withdrawContact } from '../contact/attest.js'
import { type ConfirmedContact, confirmContact } from '../contact/confirm.js'
import { sendVerification, setContact, type VerificationUnderWay } from '../contact/set.js'
import { invalidArgument } from '../errors.js'
import { removeFactors } from '../factor/remove.js'
import type { Channel } from '../ports/messenger.js'
import type { SessionRef, UserRef } from '../refs.js'
import type { Result } from '../result.js'
import type { Assessed } from '../session/begin.js'
import type { Shell } from '../shell/run.js'
import {
  anyActor,
  asBoolean,
  asOneOf,
  asOptions,
  asString,
  asUrl,
  channels,
  optional,
  sessionActor,
  userActor,
} from './arguments.js'

/** Options of `contacts.set`. */
export interface SetContactOptions {
  /** What kind of address it is. */
  readonly channel: Channel
  /** An email address, or a phone number with `+` and country code; refused with `invalid_address`. */
  readonly address: string
  /** Email only: mail a link to this URL, with `userId` and `secret` added, instead of a code. */
  readonly url?: string
  /** `false` only enters the address; `sendVerification` sends later. Default `true`. */
  readonly send?: boolean
}

/**
 * Email addresses and phone numbers, verified by us or attested by the host. What a session does refuses with
 * `unknown_session`, `more_factors_required` and `fresh_proof_required`; every call with `busy`.
 */
export interface ContactsApi {
  /** Enters an address; pending until confirmed, the former one stands until then. Refuses with `invalid_address`, `throttled`. */
  set(session: SessionRef, options: SetContactOptions): Promise<Result<VerificationUnderWay>>
  /**
   * Sends the code, or with `url` the link, again or for the first time. Refuses with `nothing_pending`,
   * `already_verified`, `throttled`.
   */
  sendVerification(
    session: SessionRef,
    options: { readonly channel: Channel; readonly url?: string },
  ): Promise<Result<VerificationUnderWay>>
  /**
   * A typed code needs the session that started; a link's secret needs only the user. Refuses with `invalid_code` for
   * any code or secret that is not good.
   */
  confirm(
    ref: UserRef | SessionRef,
    options: { readonly channel: Channel; readonly code: string },
  ): Promise<Result<ConfirmedContact>>
  /** The host verified this address itself. Repeatable. Refuses with `invalid_address`. */
  attest(
    user: UserRef,
    options: { readonly channel: Channel; readonly address: string },
  ): Promise<Result<{ readonly factorId: string }>>
  /** The host dropped the address. Never switches MFA off: the factor stays as withdrawn. Repeatable. */
  withdraw(user: UserRef, options: { readonly channel: Channel }): Promise<Result<object>>
  /**
   * The user removes the address as a factor. Refuses with `not_found`, and with `required_by_policy` for the last
   * factor where the host demands MFA.
   */
  remove(session: SessionRef, options: { readonly channel: Channel }): Promise<Result<Assessed>>
}

export function createContactsApi(shell: Shell): ContactsApi {
  return {
    async set(session, options) {
      const { channel, address, url, send } = asOptions(options, 'options')
      const input = {
        ...asChannel(channel),
        address: asString(address, 'address'),
        ...asLink(channel, url),
        send: optional(send, (each) => asBoolean(each, 'send')) ?? true,
      }
      return shell.command(setContact, input, sessionActor(session))
    },
    async sendVerification(session, options) {
      const { channel, url } = asOptions(options, 'options')
      return shell.command(sendVerification, { ...asChannel(channel), ...asLink(channel, url) }, sessionActor(session))
    },
    async confirm(ref, options) {
      const { channel, code } = asOptions(options, 'options')
      return shell.command(confirmContact, { ...asChannel(channel), code: asString(code, 'code') }, anyActor(ref))
    },
    async attest(user, options) {
      const { channel: given, address } = asOptions(options, 'options')
      const { channel } = asChannel(given)
      const actor = userActor(user)
      const normalized = normalizeAddress(channel, asString(address, 'address'))
      if (normalized === undefined) return { ok: false, reason: 'invalid_address' }
      return shell.command(attestContact, { channel, address: normalized }, actor)
    },
    async withdraw(user, options) {
      return shell.command(withdrawContact, asChannel(asOptions(options, 'options')['channel']), userActor(user))
    },
    async remove(session, options) {
      const { channel } = asChannel(asOptions(options, 'options')['channel'])
      return shell.command(removeFactors, { kind: channel }, sessionActor(session))
    },
  }
}

function asChannel(value: unknown): { readonly channel: Channel } {
  return { channel: asOneOf(value, 'channel', channels) }
}

function asLink(channel: unknown, url: unknown): { readonly url?: string } {
  const link = optional(url, asUrl)
  if (link === undefined) return {}
  if (channel !== 'email') throw invalidArgument('url', 'left out for a phone')
  return { url: link }
}
