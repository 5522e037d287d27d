/** `@countersign/adapters/testing`: what a host's own tests need. */

export { type AuthenticatorApp, createAuthenticatorApp } from './authenticator-app.js'
export { createManualClock, type ManualClock } from './manual-clock.js'
export { createOutbox, type Outbox } from './outbox.js'
export { createSeededRandom } from './seeded-random.js'
export { createTestMfa, type GivenUser, type GivenUserOptions, type TestMfa, testKey } from './test-mfa.js'
