/** The view between password and account: prove one more factor, or leave. */

import { api } from './api.js'
import { challengePanel, waysOf } from './challenge.js'
import { el, note, showBarActions, showView } from './dom.js'
import { actionOf } from './form.js'

const afterRecovery =
  'You are signed in with a recovery code, which is used up now. If you lost your app, remove it and set up a new one.'

/** Draws the offers that the API lists for this session. */
export async function showSecondStep({ notice, next, signOut }) {
  const offered = waysOf(await api.get('/account/mfa/factors'))
  showBarActions(actionOf('Sign out', signOut, { look: 'quiet' }))
  const done = (way) => next(way.key === 'recoveryCode' ? { kind: 'info', text: afterRecovery } : undefined)
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
