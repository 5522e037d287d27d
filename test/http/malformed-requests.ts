/** Requests that no client of the dialect sends, with the error each gets. `$id` stands for an open challenge’s id. */

import { page } from './host.js'

export interface MalformedRequest {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly body?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  readonly error: string
}

const json = { 'content-type': 'application/json' }
const invalid = '400 general_argument_invalid'
const noRoute = '404 general_route_not_found'
const challenges = '/account/mfa/challenges'
const text = (value: unknown): string => JSON.stringify(value)
const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value)

/** A body of PUT challenges that is right but for its form. */
const right = text({ challengeId: '$id', otp: '123456' })
const completing = (
  name: string,
  body: string | Uint8Array,
  more: Partial<MalformedRequest> = {},
): MalformedRequest => ({
  name,
  method: 'PUT',
  path: challenges,
  body,
  headers: json,
  error: invalid,
  ...more,
})
const typed = (type: string): Partial<MalformedRequest> => ({ headers: { 'content-type': type } })

const forms: readonly MalformedRequest[] = [
  completing('no body', ''),
  completing('no JSON', 'otp=123456'),
  completing('JSON cut short', right.slice(0, -1)),
  completing('an array', text([right])),
  completing('a text', text(right)),
  completing('a number', '1'),
  completing('null', 'null'),
  completing('true', 'true'),
  completing('something after the object', `${right} {}`),
  completing('a comma too many', right.replace('}', ',}')),
  completing('single quotes', right.replaceAll('"', "'")),
  completing('a comment', `/* */${right}`),
  completing('NaN', right.replace('"123456"', 'NaN')),
  completing('a byte order mark', `\ufeff${right}`),
  completing('bytes that are no UTF-8', Uint8Array.from([...utf8(right.slice(0, -2)), 0xff, 0x22, 0x7d])),
  completing('UTF-16', new Uint8Array(Uint16Array.from(right, (each) => each.charCodeAt(0)).buffer)),
  completing('a NUL byte between tokens', right.replace(',', ',\0')),
  completing('plain text', right, typed('text/plain')),
  completing('a form', 'challengeId=a&otp=1', typed('application/x-www-form-urlencoded')),
  completing('JSON called a form', right, typed('application/x-www-form-urlencoded')),
  completing('multipart', right, typed('multipart/form-data; boundary=x')),
  completing('no content type', utf8(right), { headers: {} }),
  completing('Latin-1', right, typed('application/json; charset=iso-8859-1')),
  completing('UTF-16 by name', right, typed('application/json; charset=utf-16')),
  completing('another JSON type', right, typed('application/problem+json')),
  completing('two content types', right, typed('application/json, text/plain')),
  completing('a content type that goes on', right, typed('application/json; charset=utf-8; x=y')),
  completing('gzip', right, { headers: { ...json, 'content-encoding': 'gzip' } }),
  completing('an unknown encoding', right, { headers: { ...json, 'content-encoding': 'identity, br' } }),
  completing('more than 64 KiB', text({ challengeId: '$id', otp: '123456', more: 'x'.repeat(64 * 1024) })),
  completing('a parameter twice', right.replace('}', ',"otp":"000000"}')),
  completing('a parameter twice, once escaped', right.replace('}', ',"ot\\u0070":"000000"}')),
  completing('arrays in arrays', right.replace('}', `,"more":${'['.repeat(17)}${']'.repeat(17)}}`)),
  completing('objects in objects', right.replace('}', `,"more":${'{"a":'.repeat(17)}1${'}'.repeat(17)}}`)),
  completing('arrays ten thousand deep', right.replace('}', `,"more":${'['.repeat(10_000)}${']'.repeat(10_000)}}`)),
  completing('parameters on the prototype', `{"__proto__":${right}}`),
  completing('parameters on the constructor', `{"constructor":{"prototype":${right}}}`),
  completing('parameters in the query', '{}', { path: `${challenges}?challengeId=$id&otp=123456` }),
  completing('parameters of an older client', text({ challengeId: '$id', code: '123456' })),
]

const values: readonly MalformedRequest[] = [
  ...[null, 123456, true, ['123456'], { 0: '1' }, '', 'x'.repeat(257), '12\u00003456', '\ud800', '123\n456'].map(
    (otp) => completing(`otp ${text(otp)?.slice(0, 16)}`, text({ challengeId: '$id', otp })),
  ),
  ...[null, 1, false, ['$id'], {}, '', 'x'.repeat(257), 'a\0b', '\udfff'].map((challengeId) =>
    completing(`challengeId ${text(challengeId)?.slice(0, 16)}`, text({ challengeId, otp: '123456' })),
  ),
  ...['__proto__', 'constructor', '../$id', '$id ', 'ffffffffffffffffffffffffffffffff'].map((challengeId) =>
    completing(`challengeId ${challengeId} (X33)`, text({ challengeId, otp: '123456' }), {
      error: '401 user_invalid_token',
    }),
  ),
  ...['１２３４５６', '١٢٣٤٥٦', '123\u200b456', '12345', '1234567', '0x1234', '1e5', 'abcdef'].map((otp) =>
    completing(`a code that is none: ${otp} (X32)`, text({ challengeId: '$id', otp }), {
      error: '401 user_invalid_token',
    }),
  ),
  ...[undefined, null, 1, true, ['totp'], {}, '', 'sms', '__proto__', 'totp ', 'e-mail', 'recovery_code'].map(
    (factor): MalformedRequest => ({
      name: `factor ${text(factor)}`,
      method: 'POST',
      path: challenges,
      body: text({ factor }),
      headers: json,
      error: invalid,
    }),
  ),
  ...[undefined, null, 'true', 1, 0, [true], { enabled: true }].map(
    (mfa): MalformedRequest => ({
      name: `mfa ${text(mfa)}`,
      method: 'PATCH',
      path: '/account/mfa',
      body: text({ mfa }),
      headers: json,
      error: invalid,
    }),
  ),
  ...['sms', 'TOTP', 'totp%20', '__proto__', 'hotp', '%00', 'totp%2Ftotp'].map(
    (type): MalformedRequest => ({
      name: `authenticator ${type}`,
      method: 'POST',
      path: `/account/mfa/authenticators/${type}`,
      body: '{}',
      headers: json,
      error: invalid,
    }),
  ),
]

const urls = [
  undefined,
  null,
  1,
  [`${page}/verify`],
  '',
  'app.example/verify',
  '//app.example/verify',
  'javascript:alert(1)//https://app.example',
  'data:text/html,https://app.example',
  'http://app.example/verify',
  'https://app.example.evil.example/verify',
  'https://app.example@evil.example/verify',
  'https://user:pass@app.example/verify',
  'https://app.example:444/verify',
  'https://app.example:443/verify',
  'https://app.example\\@evil.example/verify',
  'https://app.example/\\evil.example',
  'https://evil.example/?https://app.example/',
  'HTTPS://APP.EXAMPLE/verify',
  'https://app.example/verify\r\nbcc: x@evil.example',
  'https://app.example/\u202everify',
  ' https://app.example/verify',
  `https://app.example/${'x'.repeat(2000)}`,
]

const verifications: readonly MalformedRequest[] = [
  ...urls.map(
    (url): MalformedRequest => ({
      name: `url ${text(url)?.slice(0, 60)}`,
      method: 'POST',
      path: '/account/verifications/email',
      body: text({ url }),
      headers: json,
      error: invalid,
    }),
  ),
  ...[undefined, null, 7, ['kim'], {}, 'x'.repeat(257), 'é'.repeat(101), 'a\0b', '\ud800', 'a\u2028b'].map(
    (userId): MalformedRequest => ({
      name: `userId ${text(userId)?.slice(0, 16)}`,
      method: 'PUT',
      path: '/account/verifications/email',
      body: text({ userId, secret: 'x' }),
      headers: json,
      error: invalid,
    }),
  ),
  ...['__proto__', 'nobody', '..', ''].map(
    (userId): MalformedRequest => ({
      name: `userId ${text(userId)} (X33)`,
      method: 'PUT',
      path: '/account/verifications/phone',
      body: text({ userId, secret: '123456' }),
      headers: json,
      error: '404 user_not_found',
    }),
  ),
]

const routes: readonly MalformedRequest[] = [
  ...[
    ['GET', challenges],
    ['DELETE', challenges],
    ['PATCH', challenges],
    ['POST', '/account/mfa/factors'],
    ['PUT', '/account/mfa'],
    ['DELETE', '/account/mfa/recovery-codes'],
    ['PUT', '/account/mfa/recovery-codes'],
    ['GET', '/account/mfa/authenticators/totp'],
    ['PATCH', '/account/mfa/authenticators/totp'],
    ['GET', '/account/verifications/email'],
    ['PURGE', '/account/mfa'],
    ['POST', '/account/mfa/authenticators'],
    ['POST', '/account/mfa/authenticators/totp/'],
    ['POST', '/account/mfa/authenticators/totp/totp'],
    ['POST', '/account/mfa//challenges'],
    ['POST', '/Account/MFA/Challenges'],
    ['POST', '/account/mfa/challenges/../../v1'],
    ['POST', '/account/mfa/challenges%00'],
    ['GET', '/users/user1/mfa/challenges/$id'],
  ].map(
    ([method = '', path = '']): MalformedRequest => ({
      name: `${method} ${path}`,
      method,
      path,
      ...(method !== 'GET' && { body: '{}' }),
      headers: json,
      error: noRoute,
    }),
  ),
  {
    name: 'a method in a header',
    method: 'POST',
    path: '/account/mfa/authenticators/totp',
    body: '{}',
    headers: { ...json, 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE', 'x-http-method': 'DELETE' },
    error: '409 user_authenticator_already_verified',
  },
  {
    name: 'a method in the query and body',
    method: 'POST',
    path: '/account/mfa/authenticators/totp?_method=DELETE',
    body: '{"_method":"DELETE"}',
    headers: json,
    error: '409 user_authenticator_already_verified',
  },
  {
    name: 'another address claimed by a proxy’s headers',
    method: 'POST',
    path: '/account/verifications/email',
    body: text({ url: 'https://evil.example/' }),
    headers: {
      ...json,
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
    },
    error: invalid,
  },
]

export const malformedRequests: readonly MalformedRequest[] = [...forms, ...values, ...verifications, ...routes]
