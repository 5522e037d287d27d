/** What the library's events are called for people. */

const factorWords = { totp: 'app', email: 'email address', phone: 'phone number', recovery_code: 'recovery code' }
const proofWords = {
  totp: 'the app',
  email: 'an email code',
  phone: 'a text message',
  recovery_code: 'a recovery code',
}

/** By the event's name. Null: a detail of something else that shows, or of no use to people. */
const sentences = {
  'session.started': () => 'Signed in',
  'session.adopted': null,
  'session.reauthenticated': () => 'Entered the password again',
  'session.rotated': null,
  'session.ended': () => 'Signed out a device',
  'session.extended': null,
  'sessions.ended': () => 'Signed out all devices',
  'credentials.changed': () => 'Password changed',
  'factor.pending': null,
  'factor.confirmed': ({ factor }) => `Confirmed the ${factorWords[factor]}`,
  'factor.removed': ({ factor }) => `Removed the ${factorWords[factor]}`,
  'factor.renamed': null,
  'factor.locked': ({ factor }) => `Locked the ${factorWords[factor]} after too many wrong codes`,
  'factor.unlocked': () => 'Support unlocked your second step',
  'contact.changed': ({ channel }) => `Changed the ${factorWords[channel]}`,
  'contact.attested': ({ channel }) => `Confirmed the ${factorWords[channel]}`,
  'contact.withdrawn': ({ channel }) => `Withdrew the ${factorWords[channel]}`,
  'contact.verified_ignored': null,
  'contact.confirm_failed': ({ factor }) => `Wrong code or link for the ${factorWords[factor]}`,
  'factor.confirm_failed': ({ factor }) => `Wrong code while setting up the ${factorWords[factor]}`,
  'challenge.created': null,
  'challenge.resent': null,
  'challenge.canceled': null,
  'challenge.completed': ({ factor }) => `Confirmed by ${proofWords[factor]}`,
  'challenge.failed': ({ factor }) => (factor ? `Wrong code instead of ${proofWords[factor]}` : 'Wrong code'),
  'challenge.refused': null,
  'recovery_codes.generated': () => 'Created recovery codes',
  'recovery_codes.regenerated': () => 'Replaced the recovery codes',
  'recovery_codes.low': ({ left }) => `Few recovery codes left: ${left}`,
  'recovery_code.used': ({ left }) => `Used a recovery code; ${left} left`,
  'mfa.enabled': () => 'Turned on two-step sign-in',
  'mfa.disabled': () => 'Turned off two-step sign-in',
  'sends.exhausted': () => 'Asked for too many codes',
  'clock.behind': null,
  'admin.reset': () => 'Support reset your second step',
  'admin.factor_removed': () => 'Support removed a way of yours',
  'user.erased': null,
  'message.failed': () => 'A message to you could not be sent',
  'port.failed': null,
}

export function isWorthShowing({ event }) {
  return sentences[event] !== null
}

/** A sentence for every event; one that is not known here keeps its name. */
export function wordsOf(entry) {
  return sentences[entry.event]?.(entry) ?? entry.event.replace(/[._]+/g, ' ')
}
