/** Asks for a proof in a dialog when the API wants one for a change, then makes the change. */

import { api } from './api.js'
import { challengePanel, waysOf } from './challenge.js'
import { el, note } from './dom.js'
import { actionOf, Cancelled } from './form.js'

const withoutApp =
  'Lost your app? A recovery code is not enough for this. Press Cancel, and confirm your email address or a phone number first.'

function signInAgain(signOut) {
  return [
    el('p', {}, 'This needs a fresh sign-in. Sign in again, then make this change. If that fails, ask support.'),
    actionOf('Sign in again', signOut, { look: 'primary' }),
  ]
}

function panelFor(factors, isRecoveryEnough, { done, signOut }) {
  const offered = waysOf({ ...factors, recoveryCode: factors.recoveryCode && isRecoveryEnough })
  const needsOtherWay = !isRecoveryEnough && factors.recoveryCode && !factors.email && !factors.phone
  return el(
    'div',
    { class: 'stack' },
    needsOtherWay && note('info', withoutApp),
    offered.length > 0 && challengePanel(offered, done),
    offered.length === 0 && !needsOtherWay && signInAgain(signOut),
  )
}

/** Resolves when the person proved it, rejects with `Cancelled` when they closed the dialog. */
async function askForProof(signOut, isRecoveryEnough) {
  const factors = await api.get('/account/mfa/factors')
  const opener = document.activeElement
  await new Promise((resolve, reject) => {
    let isProven = false
    const dialog = el('dialog', { 'aria-labelledby': 'step-up-title' })
    const done = () => {
      isProven = true
      dialog.close()
    }
    dialog.append(
      el(
        'div',
        { class: 'dialog-head' },
        el('h2', { id: 'step-up-title' }, 'Confirm that it is you'),
        el('button', { type: 'button', class: 'quiet', onclick: () => dialog.close() }, 'Cancel'),
      ),
      el('p', { class: 'lead' }, 'This changes how your account is protected.'),
      panelFor(factors, isRecoveryEnough, { done, signOut: () => signOut().then(() => dialog.close()) }),
    )
    // A modal dialog shuts everything behind it off; the outbox is needed in it, for a code that was sent.
    const outbox = document.getElementById('outbox')
    const frame = outbox.parentElement
    dialog.append(outbox)
    dialog.addEventListener('close', () => {
      frame.append(outbox)
      dialog.remove()
      opener?.focus?.()
      if (isProven) resolve()
      else reject(new Cancelled())
    })
    document.body.append(dialog)
    dialog.showModal()
    dialog.querySelector('input')?.focus()
  })
}

/**
 * Runs a change; where the API answers that it wants a fresh proof, asks for one and runs it again, once. Where a recovery
 * code would be spent for nothing, it is not offered.
 */
export async function withProof(signOut, change, { isRecoveryEnough = true } = {}) {
  try {
    return await change()
  } catch (error) {
    if (error.type !== 'user_challenge_required') throw error
  }
  await askForProof(signOut, isRecoveryEnough)
  return change()
}
