import { randomBytes } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SessionRef } from '@countersign/core'
import { generateTotp, parseKeyUri } from '@countersign/core/totp'
import express from 'express'

process.chdir(mkdtempSync(join(tmpdir(), 'countersign-readme-')))
process.env.MFA_KEY = randomBytes(32).toString('base64')

// The host's own part: one user, one password, sessions by a header.
const app = express()
app.use(express.json())
async function checkPassword(email: string, password: string): Promise<{ id: string } | undefined> {
  return email === 'kim@example.com' && password === 'right' ? { id: 'kim' } : undefined
}
function sessionOf(req: Request): SessionRef {
  return { userId: 'kim', sessionId: String(req.headers['x-session']) }
}
async function startSession(req: Request, _res: Response, user: { id: string }): Promise<SessionRef> {
  return { ...sessionOf(req), userId: user.id }
}
