/**
 * What every runtime must do, from the packed packages: RFC 6238's vectors, a whole life of a user, and one use of
 * each adapter that needs no server. CommonJS, because every runtime and Jest can load it; the modules are given.
 */

const assert = (condition, claim) => {
  if (!condition) throw new Error(`not so: ${claim}`)
}

// RFC 6238, Appendix B; the seeds are 20, 32 and 64 bytes long (errata 2866).
const vectors = [
  [59, ['94287082', '46119246', '90693936']],
  [1111111109, ['07081804', '68084774', '25091201']],
  [1111111111, ['14050471', '67062674', '99943326']],
  [1234567890, ['89005924', '91819424', '93441116']],
  [2000000000, ['69279037', '90698825', '38618901']],
  [20000000000, ['65353130', '77737706', '47863826']],
]
const algorithms = [
  ['SHA-1', 20],
  ['SHA-256', 32],
  ['SHA-512', 64],
]
const seedOf = (length) => Uint8Array.from({ length }, (_, index) => 0x30 + ((index + 1) % 10))

function checkVectors({ generateTotp, verifyTotp }) {
  let checked = 0
  for (const [seconds, codes] of vectors) {
    for (const [index, [algorithm, length]] of algorithms.entries()) {
      const options = { algorithm, digits: 8 }
      const code = generateTotp(seedOf(length), seconds * 1000, options)
      assert(code === codes[index], `${algorithm} at ${seconds} is ${codes[index]}, not ${code}`)
      assert(
        verifyTotp(seedOf(length), code, { ...options, timeMs: seconds * 1000 }).ok,
        `${algorithm} at ${seconds} is verified`,
      )
      checked++
    }
  }
  return checked
}

async function factorsOverHttp({ createMfaHandler }, mfa, session) {
  const handler = createMfaHandler({
    mfa,
    authenticate: async () => session,
    describeUser: async () => ({ $id: session.userId }),
    describeSession: async () => ({ $id: 'public' }),
    onContactVerified: async () => undefined,
  })
  const response = await handler(new Request('https://example.com/account/mfa/factors'))
  assert(response.status === 200, `GET /account/mfa/factors is 200, not ${response.status}`)
  return response.json()
}

/** Answers what was seen; throws for anything that is not as it must be. `qr` is left out where Node's zlib is missing. */
exports.flow = async ({ core, totp, memory, testing, messages, http, qr }) => {
  const { createMfa, isMfaError, MfaError, unwrap } = core
  const checked = checkVectors(totp)

  const clock = testing.createManualClock(1_800_000_000_000)
  const outbox = testing.createOutbox()
  const options = { issuer: 'Acme', store: memory.createMemoryStore(), messenger: outbox, clock }
  // The system's own random source: a runtime without one must fail here.
  const mfa = createMfa({ ...options, keys: [{ id: 'k', secret: testing.testKey }], policy: { optIn: 'explicit' } })
  const session = (sessionId) => ({ userId: 'kim', sessionId })

  const first = unwrap(await mfa.sessions.begin(session('first'), { method: 'password' }))
  assert(first.assessment.satisfied && !first.assessment.enforced, 'without a factor a password is enough')

  const { uri } = unwrap(await mfa.totp.enroll(session('first'), { accountName: 'kim@example.com' }))
  const app = testing.createAuthenticatorApp(clock)
  app.scan(uri)
  if (qr !== undefined) assert(qr.renderQrSvg(uri).startsWith('<svg'), 'the key URI has a QR code')
  unwrap(await mfa.totp.confirm(session('first'), { code: app.freshCode() }))
  const { codes } = unwrap(await mfa.recoveryCodes.generate(session('first')))
  assert(unwrap(await mfa.enable(session('first'))).enforced, 'MFA is on')
  unwrap(await mfa.contacts.attest({ userId: 'kim' }, { channel: 'phone', address: '+4915112345678' }))

  const second = unwrap(await mfa.sessions.begin(session('second'), { method: 'password' }))
  assert(!second.assessment.satisfied && second.assessment.next === 'second_factor', 'a second factor is asked for')
  const code = app.freshCode()
  const verified = unwrap(await mfa.challenges.verify(session('second'), { factor: 'totp', code }))
  const replayed = await mfa.challenges.verify(session('second'), { factor: 'totp', code })
  assert(!replayed.ok && replayed.reason === 'invalid_code', 'a code is good once')

  unwrap(await mfa.sessions.begin(session('third'), { method: 'password' }))
  const { challenge } = unwrap(await mfa.challenges.create(session('third'), { factor: 'phone' }))
  const sent = { challengeId: challenge.id, code: outbox.codeTo('+4915112345678') }
  assert(unwrap(await mfa.challenges.complete(session('third'), sent)).assessment.satisfied, 'a sent code is taken')
  const message = outbox.messages.find(({ kind }) => kind === 'code')
  const { text } = messages.renderLocalizedMessage({ ...message, locale: 'de' })
  assert(text.includes(sent.code), 'the message has words and the code')

  unwrap(await mfa.sessions.begin(session('fourth'), { method: 'password' }))
  const spend = () => mfa.challenges.verify(session('fourth'), { factor: 'recovery_code', code: codes[0] })
  assert(unwrap(await spend()).assessment.satisfied, 'a recovery code is taken')
  assert(!(await spend()).ok, 'a recovery code is good once')

  assert((await factorsOverHttp(http, mfa, session('second'))).totp === true, 'the fetch handler answers')

  try {
    totp.decodeSecret('!')
    assert(false, 'a bad secret throws')
  } catch (error) {
    assert(isMfaError(error) && error instanceof MfaError && error.code === 'invalid_argument', 'one error class')
  }
  const { level, amr } = verified.assessment
  return { vectors: checked, level, amr: amr.join('+'), qr: qr !== undefined }
}
