/** Decides what to show: signed out, the second step, or the account; and takes verification links that come back. */

import { showAccount } from './account.js'
import { api } from './api.js'
import { announce, el, note, showBarActions, showView } from './dom.js'
import { actionOf } from './form.js'
import { sentenceFor } from './messages.js'
import { startOutbox } from './outbox.js'
import { showSecondStep } from './second-step.js'
import { showSignedOut } from './sign-in.js'

let isSignedOut = false

/** The link of a verification mail, taken out of the address at once so that it stays in no history. */
function takeLink() {
  const query = new URLSearchParams(location.search)
  const link = { userId: query.get('userId'), secret: query.get('secret') }
  if (location.search !== '') history.replaceState(null, '', location.pathname + location.hash)
  return link.userId !== null && link.secret !== null ? link : null
}

let pendingLink = takeLink()

/** Confirms a link that waits. A session that still owes its second step keeps it waiting. */
async function confirmLink() {
  if (pendingLink === null) return undefined
  try {
    await api.put('/account/verifications/email', pendingLink)
    pendingLink = null
    return { kind: 'good', text: 'Your email address is confirmed.' }
  } catch (error) {
    if (error.type === 'user_more_factors_required') {
      return { kind: 'info', text: 'Finish signing in first; then your email address is confirmed.' }
    }
    if (error.type === 'user_challenge_required') {
      const link = pendingLink
      pendingLink = null
      return { kind: 'info', text: 'Your email address is not confirmed yet: prove once more that it is you.', link }
    }
    if (error.type !== 'page_no_answer') pendingLink = null
    return { kind: 'bad', text: sentenceFor(error, 'link') }
  }
}

function showTrouble(error) {
  showBarActions()
  showView(
    'Not now',
    el(
      'div',
      { class: 'card narrow' },
      el('h1', {}, 'Not now'),
      note('bad', sentenceFor(error)),
      actionOf('Try again', () => proceed(), { look: 'primary' }),
    ),
  )
}

async function signOut() {
  await api.delete('/account/sessions/current').catch((error) => {
    if (error.status !== 401) throw error
  })
  announce('You are signed out.')
  await proceed()
}

function draw(account, error, notice) {
  isSignedOut = false
  if (account !== undefined) return showAccount({ account, notice, proceed, signOut })
  if (error.type === 'user_more_factors_required') return showSecondStep({ notice, next: proceed, signOut })
  if (error.status !== 401) throw error
  isSignedOut = true
  return showSignedOut({ notice, next: proceed })
}

/** Asks the API where this browser stands and draws it. `news` is what led there. */
async function proceed(news) {
  const notice = (await confirmLink()) ?? news
  try {
    const answer = await api.get('/account').then(
      (account) => [account, undefined],
      (error) => [undefined, error],
    )
    await draw(...answer, notice)
  } catch (error) {
    showTrouble(error)
  }
}

window.addEventListener('hashchange', () => {
  if (isSignedOut && ['', '#sign-in', '#sign-up'].includes(location.hash)) {
    showSignedOut({ next: proceed })
  }
})

startOutbox()
proceed()
