/** A plain model of one user's MFA, written from the rules and slow on purpose. It knows no digest, no store and no record. */

import { ModelCounts } from './counts.js'
import type {
  Channel,
  Demand,
  Entry,
  Gate,
  Kind,
  ModelChallenge,
  ModelFactor,
  ModelPending,
  ModelSession,
  Verdict,
} from './shapes.js'
import { day, hour, mediumOf, minute, second } from './shapes.js'

export class ModelUser extends ModelCounts {
  exists = false
  sessions: ModelSession[] = []
  challenges: ModelChallenge[] = []
  pending: ModelPending[] = []
  sentAtMs: Record<Channel, number[]> = { email: [], phone: [] }
  optedIn = false
  everOptedIn = false
  secondFactorEver = false
  derived: { via: Channel; atMs: number } | undefined

  readonly required: boolean

  constructor(required: boolean) {
    super()
    this.required = required
  }

  enforced(): boolean {
    return this.factors.length > 0 && (this.required || this.optedIn)
  }

  live(id: string): ModelSession | undefined {
    return this.sessions.find((each) => each.id === id && (each.expiresAtMs ?? Number.POSITIVE_INFINITY) > this.nowMs)
  }

  counting(session: ModelSession): Entry[] {
    return session.entries.filter(
      ({ factorId }) => factorId === undefined || this.factors.some((f) => f.id === factorId && f.status === 'active'),
    )
  }

  /** Everything the first factor went over, or was derived from. */
  media(session: ModelSession): Set<string> {
    const media = new Set<string>()
    for (const { name, origin, atMs } of session.entries) {
      if (origin !== 'sign_in') continue
      if (mediumOf[name] !== 'none') media.add(mediumOf[name])
      const { derived } = this
      if (name === 'password' && derived !== undefined && atMs >= derived.atMs) {
        const hasOther = this.factors.some((f) => f.status !== 'withdrawn' && mediumOf[f.kind] !== derived.via)
        if (hasOther || this.nowMs < derived.atMs + day) media.add(derived.via)
      }
    }
    return media
  }

  independent(kind: Kind, session: ModelSession): boolean {
    return !this.media(session).has(mediumOf[kind])
  }

  codesLeft(): number {
    const { recovery } = this
    return recovery === undefined || recovery.locked ? 0 : recovery.codes.length - recovery.used.size
  }

  assess(id: string): Verdict {
    const session = this.live(id)
    const common = { enforced: this.enforced(), optedIn: this.optedIn }
    if (session === undefined) return { ...common, satisfied: false, next: 'sign_in', level: 'none' }
    const entries = this.counting(session)
    const seconds = entries.filter((e) => e.origin !== 'sign_in' && this.independent(e.name as Kind, session))
    const isPasskey = session.entries.some(({ name }) => name === 'passkey')
    const knows = session.entries.some(({ name }) => name === 'password')
    const level = isPasskey || (knows && seconds.some(({ name }) => name !== 'email')) ? 'aal2' : 'aal1'
    const next = this.nextFor(session, seconds.length > 0)
    return { ...common, satisfied: next === 'none', next, level }
  }

  private nextFor(session: ModelSession, hasSecond: boolean): string {
    if (session.entries.some(({ name }) => name === 'passkey')) return 'none'
    if (this.factors.length === 0) return this.required ? 'enroll' : 'none'
    if (!this.enforced() || hasSecond) return 'none'
    const allOverSignIn = this.factors.every(({ kind }) => kind !== 'totp' && !this.independent(kind, session))
    if (allOverSignIn && !this.everOptedIn && !this.secondFactorEver) return 'enroll'
    const canProve = this.factors.some((f) => f.status === 'active' && this.independent(f.kind, session))
    return canProve || this.codesLeft() > 0 ? 'second_factor' : 'other_sign_in_method'
  }

  begun(id: string): Gate {
    return this.live(id) ?? 'unknown_session'
  }

  fresh(id: string, demand: Demand = {}): Gate {
    const session = this.live(id)
    if (session === undefined) return 'unknown_session'
    const { satisfied, next } = this.assess(id)
    if (!satisfied && !(demand.whileEnrolling && next === 'enroll')) return 'more_factors_required'
    const young = (list: readonly Entry[], maxMs: number): boolean =>
      this.nowMs - this.realMs <= minute && list.some(({ atMs }) => this.nowMs - atMs <= maxMs)
    const seconds = this.managing(session, demand)
    if (this.enforced() && satisfied) return young(seconds, 300 * second) ? session : 'fresh_proof_required'
    const firsts = session.entries.filter(({ origin }) => origin === 'sign_in')
    const enablers = !satisfied && seconds.length > 0 ? seconds : firsts
    const isFresh = young(enablers, 900 * second) || (satisfied && young(seconds, 300 * second))
    return isFresh ? session : 'fresh_proof_required'
  }

  private managing(session: ModelSession, { anyOf, strong }: Demand): Entry[] {
    return this.counting(session).filter((entry) => {
      if (entry.origin === 'sign_in') return entry.name === 'passkey'
      const kind = entry.name as Kind
      if (entry.whileEnforced || !this.independent(kind, session)) return false
      return (anyOf === undefined || anyOf.includes(kind)) && (!strong || this.isStrong(entry))
    })
  }

  private isStrong({ name, factorId, byWeaker }: Entry): boolean {
    const allWeak = this.factors.every((f) => f.kind !== 'totp' || f.addedByWeaker)
    if (name === 'recovery_code') return allWeak || !byWeaker
    const factor = this.factors.find(({ id, kind }) => id === factorId && kind === 'totp')
    return factor !== undefined && (allWeak || !factor.addedByWeaker)
  }

  /** Added beside an app, while MFA is enforced, without a fresh proof as strong as an app. */
  addsByWeaker(session: ModelSession): boolean {
    if (!this.enforced() || !this.factors.some(({ kind }) => kind === 'totp')) return false
    if (this.nowMs - this.realMs > minute) return true
    return !this.managing(session, { strong: true }).some(({ atMs }) => this.nowMs - atMs <= 300 * second)
  }

  /** What switching off takes: never a recovery code, an app where there is one. */
  switchOffDemand(): Demand {
    const hasApp = this.factors.some(({ kind }) => kind === 'totp')
    return hasApp ? { anyOf: ['totp'], strong: true } : { anyOf: ['totp', 'email', 'phone'] }
  }

  prove(session: ModelSession, entry: Entry): void {
    const isSame = (a: Entry): boolean =>
      a.name === entry.name && a.factorId === entry.factorId && a.origin === entry.origin && a.purpose === entry.purpose
    session.entries = [...session.entries.filter((each) => !isSame(each)), entry]
  }

  succeed(session: ModelSession, kind: Kind, factor: ModelFactor | undefined, purpose: string): void {
    delete this.failures[kind]
    if (kind !== 'recovery_code') this.total = 0
    const { derived } = this
    const usedIt = session.entries.some((e) => e.name === 'password' && derived !== undefined && e.atMs >= derived.atMs)
    if (usedIt && mediumOf[kind] !== derived?.via) this.derived = undefined
    if (factor && this.independent(kind, session)) this.secondFactorEver = true
    this.prove(session, {
      name: kind,
      origin: 'challenge',
      atMs: this.nowMs,
      purpose,
      ...(factor && { factorId: factor.id }),
      ...(kind === 'recovery_code' && this.recovery?.addedByWeaker && { byWeaker: true }),
    })
  }

  /** Whether a kind can be challenged in this session: the reason why not, or the factors. */
  select(kind: Kind, session: ModelSession): string | readonly ModelFactor[] {
    if (kind === 'recovery_code') {
      if (this.codesLeft() > 0) return []
      return this.recovery?.locked ? 'locked' : 'factor_not_available'
    }
    const having = (wanted: string) => this.factors.filter((each) => each.kind === kind && each.status === wanted)
    const active = having('active')
    if (active.length === 0) return having('locked').length > 0 ? 'locked' : 'factor_not_available'
    return this.independent(kind, session) ? active : 'same_channel_as_sign_in'
  }

  maySend(channel: Channel): boolean {
    const within = (ms: number) => this.sentAtMs[channel].filter((at) => at > this.nowMs - ms).length
    return within(hour) < 5 && within(day) < 10
  }

  dropSessions(drop: (session: ModelSession) => boolean): void {
    const refs = new Set(this.sessions.filter(drop).map(({ ref }) => ref))
    this.sessions = this.sessions.filter(({ ref }) => !refs.has(ref))
    this.challenges = this.challenges.filter(({ ref }) => !refs.has(ref))
    this.pending = this.pending.filter(({ ref }) => !refs.has(ref))
  }

  dropFactor(id: string): void {
    this.factors = this.factors.filter((factor) => factor.id !== id)
    this.challenges = this.challenges.filter(({ factorId }) => factorId !== id)
  }

  /** Proofs by recovery codes end with their set, save in the session that replaced it. */
  endRecoveryCredit(kept?: ModelSession): void {
    for (const session of this.sessions) {
      if (session !== kept)
        session.entries = session.entries.filter((e) => e.origin === 'sign_in' || e.name !== 'recovery_code')
    }
  }

  /** Removes factors; with the last that is not withdrawn, the opt-in and the codes. */
  takeAway(ids: readonly string[]): void {
    for (const id of ids) this.dropFactor(id)
    if (this.factors.some(({ status }) => status !== 'withdrawn')) return
    Object.assign(this, { optedIn: false, recovery: undefined })
    this.endRecoveryCredit()
  }

  /** True when nothing active would be left. */
  leavesNothing(ids: readonly string[]): boolean {
    return !this.factors.some(({ id, status }) => !ids.includes(id) && status === 'active')
  }

  optIn(by: ModelSession): void {
    this.endRecoveryCredit(by)
    this.optedIn = true
    this.everOptedIn = true
  }
}
