import { createTestMfa } from '@countersign/adapters/testing'

const { mfa, givenUser } = createTestMfa()
await givenUser({ userId: 'kim', email: 'kim@example.com' })
