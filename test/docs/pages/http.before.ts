import { randomBytes } from 'node:crypto'
import { createMemoryStore } from '@countersign/adapters/memory'
import { createOutbox } from '@countersign/adapters/testing'

process.env.MFA_KEY = randomBytes(32).toString('base64')
const store = createMemoryStore()
const messenger = createOutbox()
const faults: unknown[] = []
const log = (error: unknown): void => void faults.push(error)

// The host's own part: one user, sessions by a cookie.
interface User {
  id: string
  email: string
  phone: string
  emailVerification: boolean
  phoneVerification: boolean
}
const users = new Map<string, User>([
  [
    'kim',
    { id: 'kim', email: 'kim@example.com', phone: '+4915112345678', emailVerification: false, phoneVerification: false },
  ],
])
const hostSessions = new Map<string, string>()
function sessionOf(cookie: string | null | undefined): { secret: string; user: User } | undefined {
  const secret = /session=([^;]*)/.exec(cookie ?? '')?.[1] ?? ''
  const user = users.get(hostSessions.get(secret) ?? '')
  return user && { secret, user }
}
const describe = (user: User | undefined) => (user === undefined ? null : { $id: user.id, ...user })
const publicIdOf = (secret: string): string => `public-${secret.length}`
const cookieOf = (secret: string): string => `session=${secret}; Path=/; HttpOnly; Secure; SameSite=None`
async function prepareSession(former: string) {
  const secret = randomBytes(16).toString('hex')
  return {
    secret,
    async activate(): Promise<void> {
      hostSessions.set(secret, hostSessions.get(former) ?? '')
      hostSessions.delete(former)
    },
    async discard(): Promise<void> {},
  }
}
const handlerOptions = {
  get mfa() {
    return mfa
  },
  basePath: '/v1',
  allowedOrigins: ['https://app.example'],
  authenticate(request: Request) {
    const session = sessionOf(request.headers.get('cookie'))
    return session ? { userId: session.user.id, sessionId: session.secret } : null
  },
  describeUser: () => describe(users.get('kim')),
  describeSession: () => ({ $id: 'public' }),
  onContactVerified: () => undefined,
}
