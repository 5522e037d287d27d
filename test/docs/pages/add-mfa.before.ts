import { randomBytes } from 'node:crypto'
import { generateTotp, parseKeyUri } from '@countersign/core/totp'
import Database from 'libsql'

process.env.MFA_KEY = randomBytes(32).toString('base64')
const database = new Database(':memory:')
const printed: string[] = []
const print = (text: string): void => void printed.push(text)
const log = (..._values: unknown[]): void => undefined
function codeFromTheApp(uri: string): string {
  const parsed = parseKeyUri(uri)
  if (!parsed.ok) throw new Error('no URI')
  return generateTotp(parsed.secret, Date.now())
}
function codeFromTheMessage(): string {
  return /\b\d{6}\b/.exec(printed.at(-1) ?? '')?.[0] ?? ''
}
