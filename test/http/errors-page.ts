/** The page docs/http-errors.md, printed from the table that the handler reads. */

import { type DialectErrorType, errorTypes, statusOf, wordsOf } from '../../packages/adapters/src/http/error-types.js'
import { refusalRows } from '../../packages/adapters/src/http/refusals.js'

/** What the handler answers by itself, before or after it asks the core. */
export const ownRows: readonly (readonly [route: string, when: string, type: DialectErrorType])[] = [
  [
    '*',
    'an `Origin` that is not listed, or `Sec-Fetch-Site: cross-site` without a listed one',
    'general_unknown_origin',
  ],
  [
    '*',
    'behind `toNodeHandler`: a method that fetch forbids, such as TRACE, or a body that was cut short',
    'general_bad_request',
  ],
  ['*', 'no such path or method', 'general_route_not_found'],
  ['*', 'no session, or one that Countersign does not know', 'general_unauthorized_scope'],
  ['*', 'a session that is halfway, except on the open routes', 'user_more_factors_required'],
  ['*', '`enforcement` threw', 'general_service_unavailable'],
  ['*', 'a body or parameter that is missing or of a wrong form', 'general_argument_invalid'],
  ['*', '`store_failed` or `outcome_unknown`', 'general_service_unavailable'],
  ['*', 'any other fault', 'general_server_error'],
  ['*', 'the host has no account for the session', 'user_not_found'],
  [
    'POST, PUT /account/mfa/authenticators/{type}',
    'an authenticator app is active',
    'user_authenticator_already_verified',
  ],
  ['DELETE /account/mfa/authenticators/{type}', 'no challenge in the last 30 minutes', 'user_challenge_required'],
  ['DELETE /account/mfa/authenticators/{type}', 'no authenticator app', 'user_authenticator_not_found'],
  ['GET, PATCH /account/mfa/recovery-codes', 'no challenge in the last 30 minutes', 'user_challenge_required'],
  ['GET, PATCH /account/mfa/recovery-codes', 'no code is left', 'user_recovery_codes_not_found'],
  ['GET /account/mfa/recovery-codes', 'codes are left', 'user_recovery_codes_not_readable'],
  ['POST /account/mfa/challenges', 'factor `custom`', 'user_auth_method_unsupported'],
  ['POST /account/mfa/challenges', 'the email was not taken', 'general_smtp_disabled'],
  ['POST /account/mfa/challenges', 'the SMS was not taken', 'general_phone_disabled'],
  [
    'POST /account/verifications/email',
    'the host says it is verified, and it is an active factor',
    'user_email_already_verified',
  ],
  ['POST /account/verifications/email', 'the email was not taken', 'general_smtp_disabled'],
  ['POST /account/verifications/email', 'one was sent within the cooldown', 'general_rate_limit_exceeded'],
  [
    'POST /account/verifications/phone',
    'the host says it is verified, and it is an active factor',
    'user_phone_already_verified',
  ],
  ['POST /account/verifications/phone', 'the SMS was not taken', 'general_phone_disabled'],
  ['POST /account/verifications/phone', 'one was sent within the cooldown', 'general_rate_limit_exceeded'],
  ['PUT /account/verifications/email, phone', 'the host knows no such user', 'user_not_found'],
]

const ours: readonly DialectErrorType[] = [
  'general_busy',
  'general_service_unavailable',
  'user_factor_not_independent',
  'user_mfa_required',
  'user_recovery_codes_not_readable',
]

export function errorsPage(): string {
  const reasons = refusalRows.map(({ route, reason, type }) => [place(route), `\`${reason}\``, ...status(type)])
  const own = ownRows.map(([route, when, type]) => [place(route), when, ...status(type)])
  const types = errorTypes.map((type) => [`\`${type}\``, String(statusOf(type)), mark(type), wordsOf(type)])
  return `# Errors over HTTP

What the handler of \`@countersign/adapters/http\` answers to what. Printed from the table that the handler reads, by
\`npx vitest run --project unit test/http/table.test.ts -u\`; the same test holds the two equal.

An error is \`{ message, code, type, version }\`, \`code\` being the HTTP status. Branch on \`type\`. A 429 has
\`Retry-After\` in whole seconds; where nothing but help ends a lock it is the longest wait there is. A fault says
nothing of its cause: \`onError\` hears it.

## A reason of the core, by route

\`*\` is every route without a row of its own. After a space stands the \`why\` of \`factor_not_available\`.

${table(['route', 'reason', 'status', 'type'], reasons)}

## What the handler judges itself

${table(['route', 'when', 'status', 'type'], own)}

## Every type

\`errorResponse(type)\` makes one for your own routes. Those marked "ours" are unknown to Appwrite.

${table(['type', 'status', '', 'default words'], types)}
`
}

function place(route: string): string {
  return route === '*' ? '`*`' : `\`${route}\``
}

function status(type: DialectErrorType): readonly string[] {
  return [String(statusOf(type)), `\`${type}\``]
}

function mark(type: DialectErrorType): string {
  return ours.includes(type) ? 'ours' : ''
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
