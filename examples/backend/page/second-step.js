/** The view between password and account: prove one more factor, or leave. */

import { api } from './api.js'
import { challengePanel, waysOf } from './challenge.js'
import { el, note, showBarActions, showView } from './dom.js'
import { actionOf } from './form.js'

/** What a person who lost something can do now, in the order that works: the last way is not removed by a recovery code. */
function afterRecovery(offered) {
  const has = (name) => offered.some(({ key }) => key === name)
  const used = 'You are signed in with a recovery code, which is used up now.'
  if (!has('totp') && has('phone')) return `${used} If you lost your phone, change its number and confirm the new one.`
  if (!has('totp')) return `${used} Set up an app below, so that you need no other code.`
  if (has('email') || has('phone')) return `${used} If you lost your app, remove it below and set up a new one.`
  return `${used} If you lost your app, confirm your email address or a phone number first. Then remove the app, and set up a new one.`
}

/** Draws the offers that the API lists for this session. */
export async function showSecondStep({ notice, next, signOut }) {
  const offered = waysOf(await api.get('/account/mfa/factors'))
  showBarActions(actionOf('Sign out', signOut, { look: 'quiet' }))
  const done = (way) => next(way.key === 'recoveryCode' ? { kind: 'info', text: afterRecovery(offered) } : undefined)
  showView(
    'Second step',
    el(
      'div',
      { class: 'card narrow' },
      el('h1', {}, 'Second step'),
      el('p', { class: 'lead' }, 'Your password was right. Now prove that it is you in one more way.'),
      notice && note(notice.kind, notice.text),
      offered.length > 0
        ? challengePanel(offered, done)
        : note('bad', 'No way is left to confirm that it is you. Sign out, and ask support to reset your second step.'),
    ),
  )
  document.querySelector('#main input')?.focus()
}
