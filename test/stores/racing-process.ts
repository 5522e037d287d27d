/** One of several processes that race on one user: opens its own connection, waits for the start, then calls all at once. */

import { createOutbox, testKey } from '@countersign/adapters/testing'
import { createMfa, isMfaError, type Mfa, type Result } from '@countersign/core'
import { openStore, type StoreSpec } from './open-store.js'
import {
  type RacingAnswer,
  type RacingCall,
  type RacingMessage,
  type RacingReport,
  racingPolicy,
} from './racing-calls.js'

function perform(mfa: Mfa, call: RacingCall): Promise<Result> {
  if (call.call === 'begin') return mfa.sessions.begin(call.session, { method: 'password' })
  if (call.call === 'create') return mfa.challenges.create(call.session, { factor: 'email' })
  if (call.call === 'verify') return mfa.challenges.verify(call.session, { factor: call.factor, code: call.code })
  return mfa.challenges.complete(call.session, { challengeId: call.challengeId, code: call.code })
}

async function answerOf(mfa: Mfa, call: RacingCall): Promise<RacingAnswer> {
  try {
    const result = await perform(mfa, call)
    if (result.ok) return { outcome: 'ok', wasCompared: true }
    return { outcome: result.reason, wasCompared: result.attemptsLeft !== undefined }
  } catch (error) {
    return { outcome: `error: ${isMfaError(error) ? error.code : String(error)}`, wasCompared: false }
  }
}

async function race(mfa: Mfa, calls: readonly RacingCall[]): Promise<readonly RacingAnswer[]> {
  return Promise.all(calls.map((call) => answerOf(mfa, call)))
}

let nowMs = 0
let calls: readonly RacingCall[] = []
const outbox = createOutbox()
const opened = openStore(JSON.parse(process.argv[2] ?? '') as StoreSpec)
const library = opened.then(({ store }) =>
  createMfa({
    issuer: 'Acme',
    keys: [{ id: 'test', secret: testKey }],
    store,
    messenger: outbox,
    clock: { nowMs: () => nowMs },
    policy: racingPolicy,
  }),
)

process.on('message', async (message: RacingMessage) => {
  const { store, close } = await opened
  if (message === 'end') return void close().then(() => process.disconnect())
  if (message !== 'go') {
    nowMs = message.nowMs
    calls = message.calls
    outbox.clear()
    // The connection is open before the race begins.
    await store.load('0:nobody')
    return void process.send?.('ready')
  }
  const answers = await race(await library, calls)
  const sent = outbox.messages.filter(({ kind }) => kind === 'code').length
  process.send?.({ answers, sent } satisfies RacingReport)
})

// Also when the parent is gone without a word.
process.once('disconnect', () => process.exit())
