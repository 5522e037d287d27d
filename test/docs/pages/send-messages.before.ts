import { createTestMfa } from '@countersign/adapters/testing'

process.env.SMTP_URL = 'smtp://127.0.0.1:1'
process.env.TWILIO_ACCOUNT_SID = `AC${'0'.repeat(32)}`
process.env.TWILIO_AUTH_TOKEN = 'token'
const { mfa, givenUser } = createTestMfa()
const kim = await givenUser({ email: 'kim@example.com', totp: true })
const session = await kim.signIn()
