/** Two-step sign-in as a whole: how it stands, what is still missing, on and off. */

import { api } from './api.js'
import { el, pill } from './dom.js'
import { actionOf } from './form.js'

function hasWay({ totp, email, phone }) {
  return totp || email || phone
}

function stateOf(account, factors) {
  if (!account.mfa) {
    return hasWay(factors)
      ? ['off', 'Off', 'Your password alone opens this account. Everything is ready: turn it on.']
      : ['off', 'Off', 'Your password alone opens this account. Set up an app, email or phone below, then turn it on.']
  }
  if (!hasWay(factors)) {
    return ['warn', 'Waiting', 'It is on, but no app, email or phone can be asked for now. Set one up below.']
  }
  return factors.recoveryCode
    ? ['good', 'On', 'Every sign-in asks for your password and one more proof.']
    : [
        'good',
        'On',
        'Every sign-in asks for one more proof. Create recovery codes, so that a lost phone does not lock you out.',
      ]
}

function newsOf(isOn, factors) {
  if (!isOn) return 'Two-step sign-in is off. Your password alone opens this account.'
  return hasWay(factors)
    ? 'Two-step sign-in is on. Your other devices are asked for it from now on.'
    : 'Two-step sign-in is on. It starts when you set up an app, email or phone below.'
}

function steps(account, factors) {
  const list = [
    [factors.recoveryCode, 'Make recovery codes'],
    [hasWay(factors), 'Set up an app, email or phone'],
    [account.mfa, 'Turn it on'],
  ]
  return el(
    'ol',
    { class: 'progress', 'aria-label': 'Steps' },
    list.map(([isDone, text]) =>
      el(
        'li',
        { class: isDone ? 'done' : 'open' },
        text,
        el('span', { class: 'hidden' }, isDone ? ' (done)' : ' (to do)'),
      ),
    ),
  )
}

export function switchCard({ account, factors, change, refresh }) {
  const [kind, word, text] = stateOf(account, factors)
  const set = async (isOn) => {
    await change(() => api.patch('/account/mfa', { mfa: isOn }), { isRecoveryEnough: isOn })
    await refresh('switch', newsOf(isOn, factors))
  }
  const isNext = hasWay(factors) && factors.recoveryCode
  const action = account.mfa
    ? actionOf('Turn off', () => set(false), { look: 'danger', name: 'Turn off two-step sign-in' })
    : actionOf('Turn on', () => set(true), {
        look: isNext ? 'primary' : 'plain',
        name: 'Turn on two-step sign-in',
      })
  return el(
    'section',
    { class: 'card hero' },
    el('div', { class: 'hero-head' }, el('h2', {}, 'Two-step sign-in'), pill(kind, word)),
    el('p', { class: 'lead' }, text),
    !(account.mfa && hasWay(factors) && factors.recoveryCode) && steps(account, factors),
    action,
  )
}
