/** The table of routes: method and path, older paths, who is let in, and what runs. */

import { createAuthenticator, deleteAuthenticator, verifyAuthenticator } from './authenticators.js'
import type { Call, SessionCall } from './call.js'
import { createChallenge, listFactors, updateChallenge } from './challenges.js'
import type { Access } from './gate.js'
import { createRecoveryCodes, getRecoveryCodes, updateRecoveryCodes } from './recovery-codes.js'
import type { RouteName } from './refusals.js'
import { updateMfa } from './switch.js'
import { createVerification, updateVerification } from './verifications.js'

/** One route of the dialect. */
export type Route<C> = {
  readonly name: RouteName
  /** Paths that clients before 21.5 use. */
  readonly aliases?: readonly string[]
} & (
  | { readonly access: 'public'; readonly run: (call: Call<C>) => Promise<Response> }
  | { readonly access: Exclude<Access, 'public'>; readonly run: (call: SessionCall<C>) => Promise<Response> }
)

export function routesOf<C>(): readonly Route<C>[] {
  const challenge = ['/account/mfa/challenge']
  const email = ['/account/verification']
  const phone = ['/account/verification/phone']
  return [
    { name: 'POST /account/mfa/authenticators/{type}', access: 'enroll', run: createAuthenticator },
    { name: 'PUT /account/mfa/authenticators/{type}', access: 'enroll', run: verifyAuthenticator },
    { name: 'DELETE /account/mfa/authenticators/{type}', access: 'session', run: deleteAuthenticator },
    { name: 'POST /account/mfa/recovery-codes', access: 'enroll', run: createRecoveryCodes },
    { name: 'GET /account/mfa/recovery-codes', access: 'session', run: getRecoveryCodes },
    { name: 'PATCH /account/mfa/recovery-codes', access: 'session', run: updateRecoveryCodes },
    { name: 'PATCH /account/mfa', access: 'session', run: updateMfa },
    { name: 'GET /account/mfa/factors', access: 'open', run: listFactors },
    { name: 'POST /account/mfa/challenges', aliases: challenge, access: 'open', run: createChallenge },
    { name: 'PUT /account/mfa/challenges', aliases: challenge, access: 'open', run: updateChallenge },
    {
      name: 'POST /account/verifications/email',
      aliases: email,
      access: 'enroll',
      run: (call) => createVerification(call, 'email'),
    },
    {
      name: 'PUT /account/verifications/email',
      aliases: email,
      access: 'public',
      run: (call) => updateVerification(call, 'email'),
    },
    {
      name: 'POST /account/verifications/phone',
      aliases: phone,
      access: 'enroll',
      run: (call) => createVerification(call, 'phone'),
    },
    {
      name: 'PUT /account/verifications/phone',
      aliases: phone,
      access: 'public',
      run: (call) => updateVerification(call, 'phone'),
    },
  ]
}

/** `GET` and the paths of a route. */
export function pathsOf<C>({ name, aliases = [] }: Route<C>): { readonly method: string; readonly paths: string[] } {
  const [method = '', path = ''] = name.split(' ')
  return { method, paths: [path, ...aliases] }
}
