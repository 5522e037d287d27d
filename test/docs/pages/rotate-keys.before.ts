import { randomBytes } from 'node:crypto'
import { createMemoryStore } from '@countersign/adapters/memory'

const store = createMemoryStore()
process.env.MFA_KEY = randomBytes(32).toString('base64')
process.env.MFA_KEY_OLD = randomBytes(32).toString('base64')
const earlier = createMfa({ issuer: 'Acme', keys: [{ id: '2026-01', secret: process.env.MFA_KEY_OLD }], store })
unwrap(await earlier.sessions.begin({ userId: 'kim', sessionId: 's1' }, { method: 'password' }))
