/** `@countersign/core`: the table of contents. Everything a host imports, by name. */

export type { InspectedSession, Inspection } from './admin/inspect.js'
export type { Intervention } from './admin/intervene.js'
export type { Completed } from './challenge/complete.js'
export type { ChallengeAnswer, ChallengeView } from './challenge/create.js'
export type { ConfirmedContact } from './contact/confirm.js'
export type { VerificationUnderWay } from './contact/set.js'
export type { Delivery, Enforcement } from './decision.js'
export { isMfaError, MfaError, type MfaErrorCode, MfaRefusedError, MfaRequiredError } from './errors.js'
export type { AdminApi, CredentialsApi, UsersApi } from './facade/admin.js'
export type {
  ChallengesApi,
  CompleteChallengeOptions,
  CreateChallengeOptions,
  VerifyOptions,
} from './facade/challenges.js'
export type { ContactsApi, SetContactOptions } from './facade/contacts.js'
export type { EnrollTotpOptions, FactorsApi, RecoveryCodesApi, SwitchApi, TotpApi } from './facade/factors.js'
export type { AdoptOptions, BeginOptions, FirstFactorProof, SessionsApi } from './facade/sessions.js'
export type { ConfirmedTotp } from './factor/confirm.js'
export type { TotpEnrollment } from './factor/enroll.js'
export type { FactorItem, FactorList } from './factor/list.js'
export type { EnableWarning, Switched } from './factor/opt-in.js'
export type { Unusable } from './factor/usable.js'
export type { KeyOption } from './keys/key-ring.js'
export { type RenderedMessage, type RenderOptions, renderMessage } from './message/render.js'
export type { MessageTexts, Repudiation } from './message/texts.js'
export { createMfa, type Mfa, type MfaOptions } from './mfa.js'
export type { PolicyOptions } from './policy/configure-policy.js'
export type { Policy, Profile, TotpWindow } from './policy/policy.js'
export type { Clock, RandomSource } from './ports/clock.js'
export type { FailureDetail, MfaEvent, MfaEventBody } from './ports/events.js'
export type {
  Channel,
  CodeMessage,
  LinkMessage,
  Message,
  MessageBase,
  Messenger,
  NoticeMessage,
  NoticeName,
} from './ports/messenger.js'

export type { MfaStore, StoredRecord } from './ports/store.js'
export type { FailureCount, Throttles } from './record/record.js'
export type { RecoveryCodesShown } from './recovery/generate.js'
export type { CallContext, SessionRef, UserRef } from './refs.js'
export { type FreshProofNeeds, httpStatusOf, type Reason, type Refusal, type Result, unwrap } from './result.js'
export type {
  Assessment,
  Category,
  FactorKind,
  Level,
  Method,
  Missing,
  Offer,
  Proof,
  Requirement,
} from './session/assessment.js'
export type { Assessed } from './session/begin.js'
export { type Claims, toClaims } from './session/claims.js'
export { meets } from './session/requirement.js'
export type { Defer, OnEvent } from './shell/effects.js'
export type { AllowSend, EnforcementOption, HostEnforcement, SendRequest } from './shell/host.js'
