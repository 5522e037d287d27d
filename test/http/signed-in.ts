/** A user of the tests' host, signed in, and able to set an app up. */

import { type Account, createScene, type SceneOptions } from './host.js'

export async function signedIn(fields: Partial<Account> = {}, options: SceneOptions = {}, method = 'password') {
  const test = createScene(options)
  const account = test.givenAccount(fields)
  const session = await test.signIn(account, { method })
  const enroll = async () => {
    test.app.scan((await session.send('POST', '/account/mfa/authenticators/totp')).body.uri as string)
    return session.send('PUT', '/account/mfa/authenticators/totp', { otp: test.app.freshCode() })
  }
  return { ...test, account, session, send: session.send, enroll }
}
