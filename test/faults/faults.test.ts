import { isMfaError, type MfaStore } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import { type ApiCall, everyCall, type Situation, situation } from './every-call.js'

type Replace = (original: () => Promise<unknown>, given: Situation) => unknown
interface Fault {
  readonly method: keyof MfaStore
  readonly replace: Replace
}

const lost = (): never => {
  throw new Error('connection lost')
}
const silence = (): Promise<never> => new Promise(() => undefined)
const older = ({ logged }: Situation, back: number) => logged.rows.at(-1 - back) ?? null

const loadFaults: Readonly<Record<string, Replace>> = {
  'throws before': lost,
  'throws after': (original) => original().then(lost),
  hangs: silence,
  'answers undefined': async () => undefined,
  'answers a text': async () => 'row',
  'answers garbage in the right shape': async () => ({ version: 'v', data: '{"tag":"x"}' }),
  'answers data of another version': async (original) => ({ ...((await original()) as object), version: 'other' }),
  'answers an older row': async (_, given) => older(given, 1),
  'answers a much older row': async (_, given) => older(given, 5),
  'answers no row': async () => null,
}

const saveFaults: Readonly<Record<string, Replace>> = {
  'throws before': lost,
  'throws after': (original) => original().then(lost),
  'hangs before': silence,
  'hangs after': (original) => original().then(silence),
  'answers false': async () => false,
  'answers false after': (original) => original().then(() => false),
  'answers undefined': async () => undefined,
  'answers a text after': (original) => original().then(() => 'true'),
  'answers 1': async () => 1,
}

const eraseFaults: Readonly<Record<string, Replace>> = {
  'throws before': lost,
  'throws after': (original) => original().then(lost),
  hangs: silence,
  'answers garbage': (original) => original().then(() => 'gone'),
}

function faultsOf({ port }: ApiCall): readonly (readonly [string, Fault])[] {
  const list = (method: Fault['method'], faults: Readonly<Record<string, Replace>>) =>
    Object.entries(faults).map(([name, replace]) => [`${method} ${name}`, { method, replace }] as const)
  if (port === 'erase') return list('erase', eraseFaults)
  return [...list('load', loadFaults), ...(port === 'save' ? list('save', saveFaults) : [])]
}

/** What a caller sees: `ok`, a reason, or an error code; anything else fails the test. */
async function seen(call: () => Promise<unknown>): Promise<string> {
  try {
    const answer = (await call()) as { ok?: unknown; reason?: unknown; satisfied?: unknown }
    if (answer.ok === true || answer.satisfied === true) return 'ok'
    if (answer.ok === false && typeof answer.reason === 'string') return answer.reason
    if (answer.satisfied === false) return 'unsatisfied'
    return `neither a Result nor an assessment: ${JSON.stringify(answer)}`
  } catch (error) {
    return isMfaError(error) ? `error ${error.code}` : `not an MfaError: ${String(error)}`
  }
}

const answers =
  /^(ok|unsatisfied|busy|unknown_session|more_factors_required|fresh_proof_required|not_found|invalid_code|throttled|locked|nothing_pending|already_generated|sign_in_again|factor_not_available|already_verified|error (store_failed|store_misbehaved|outcome_unknown|undecodable_record|mfa_required))$/

interface Trial {
  readonly given: Situation
  readonly call: () => Promise<unknown>
  readonly early: string[]
}

/** A prepared call, with a watch on anything that is told before its save. */
async function prepare({ prepare: ready }: ApiCall): Promise<Trial> {
  const early: string[] = []
  const watch = { armed: false, rows: 0 }
  const note = (what: string): void => {
    if (watch.armed && given.logged.rows.length === watch.rows) early.push(what)
  }
  const given = await situation({ onEvent: ({ type }) => type !== 'port.failed' && note(`event ${type}`) })
  const call = await ready(given)
  given.store.reset()
  given.outbox.clear()
  const send = given.outbox.send.bind(given.outbox)
  given.outbox.send = async (message) => {
    note(`message ${message.kind}`)
    return send(message)
  }
  return {
    given,
    early,
    call: () => {
      Object.assign(watch, { armed: true, rows: given.logged.rows.length })
      return call()
    },
  }
}

async function creditOfHalf({ mfa, half }: Situation): Promise<boolean> {
  return (await mfa.sessions.assess(half)).satisfied
}

async function judge(name: string, api: ApiCall, [title, fault]: readonly [string, Fault], times: number) {
  const { given, call, early } = await prepare(api)
  for (let time = 0; time < times; time++) given.store.next(fault.method, (original) => fault.replace(original, given))
  const first = await seen(call)
  const problem = (what: string): string => `${name}, ${title}${times > 1 ? ' for ever' : ''}: ${what} (${first})`
  const problems: string[] = []
  if (!answers.test(first)) problems.push(problem('an answer of a strange kind'))
  const told = [...early]
  given.store.reset()
  if (api.port === 'save') {
    const isSilent = first === 'ok' || first.startsWith('error')
    if (isSilent && told.length > 0) problems.push(problem(`told before the save: ${told.join()}`))
  }
  const erased = (await given.logged.load(`0:${given.user.userId}`)) === null
  if (api.credits && !erased) {
    const credit = await creditOfHalf(given)
    const mayHaveSaved = first === 'ok' || first === 'error outcome_unknown' || first === 'error store_misbehaved'
    if (credit && !mayHaveSaved && !title.includes('false after')) problems.push(problem('credit'))
    if (!credit && first === 'ok') problems.push(problem('no credit though the answer was ok'))
  }
  if (api.singleUse) {
    const again = await seen(call)
    if (first === 'ok' && again === 'ok') problems.push(problem('the code was used twice'))
  }
  const next = await seen(() =>
    given.mfa.sessions.begin({ userId: given.user.userId, sessionId: 'afterwards' }, { method: 'password' }),
  )
  if (next !== 'ok') problems.push(problem(`the next call answers ${next}`))
  return { first, problems }
}

describe('a store that misbehaves inside a call', () => {
  for (const [name, api] of Object.entries(everyCall)) {
    it.concurrent(`${name}: whatever a port call does, once or for ever, nothing is credited, told or spent twice`, async () => {
      const trials = faultsOf(api).flatMap((fault) => [judge(name, api, fault, 1), judge(name, api, fault, 40)])
      const outcomes = await Promise.all(trials)
      expect(outcomes.flatMap(({ problems }) => problems)).toEqual([])
      // A harness that disturbs nothing would pass, too.
      expect(outcomes.some(({ first }) => first.startsWith('error'))).toBe(true)
    })
  }
})
