/** One proof of a second factor: choose a way, get a code, enter it. Used at sign-in and to confirm a change. */

import { ApiError, api } from './api.js'
import { announce, el } from './dom.js'
import { actionOf, codeField, digitsOf, formOf, recoveryField } from './form.js'

/** The ways in the order they are offered: best first, recovery last. `key` is the name in the list of factors. */
const ways = [
  {
    key: 'totp',
    doing: 'app',
    title: 'Authenticator app',
    hint: 'The code your app shows now',
  },
  {
    key: 'phone',
    doing: 'phone',
    title: 'Text message',
    hint: 'A code sent to your phone',
    lead: 'We send a code to your confirmed phone number.',
    sent: 'Sent. Enter the code from the text message.',
  },
  {
    key: 'email',
    doing: 'email',
    title: 'Email',
    hint: 'A code sent to your address',
    lead: 'We send a code to your confirmed email address.',
    sent: 'Sent. Enter the code from the email.',
  },
  {
    key: 'recoveryCode',
    doing: 'recovery',
    title: 'Recovery code',
    hint: 'One of the codes you saved',
  },
]

function recoveryCodeOf(text) {
  const code = text.trim()
  if (code.length < 8) throw new ApiError('page_recovery_form')
  return code
}

function create(way) {
  return api.post('/account/mfa/challenges', { factor: way.key })
}

/** A code that needs no message: the challenge is made when the code is entered, and anew after a refusal. */
function typedForm(way, done) {
  const isRecovery = way.key === 'recoveryCode'
  return formOf({
    fields: [
      isRecovery
        ? recoveryField()
        : codeField('Code from your app', 'Open your authenticator app and enter its 6 digits.'),
    ],
    button: 'Confirm',
    doing: way.doing,
    onSubmit: async ({ code }) => {
      const otp = isRecovery ? recoveryCodeOf(code) : digitsOf(code)
      const challenge = await create(way)
      await api.put('/account/mfa/challenges', { challengeId: challenge.$id, otp })
      await done(way)
    },
  })
}

/** A code that is sent: nothing goes out before the person asks for it. */
function sentForm(way, done) {
  const host = el('div', { class: 'stack' })
  let lastId
  const askForCode = async () => {
    const challenge = await create(way)
    // Within a minute the API answers with the open challenge again, and sends nothing.
    announce(challenge.$id === lastId ? 'The code we sent still works. Ask for another in a minute.' : way.sent)
    lastId = challenge.$id
    showCodeForm(challenge)
  }
  const showCodeForm = (challenge) => {
    const form = formOf({
      fields: [codeField('6-digit code', way.sent)],
      button: 'Confirm',
      doing: way.doing,
      onSubmit: async ({ code }) => {
        await api.put('/account/mfa/challenges', { challengeId: challenge.$id, otp: digitsOf(code) })
        await done(way)
      },
    })
    host.replaceChildren(form, actionOf('Send another code', askForCode, { look: 'quiet', doing: way.doing }))
    form.querySelector('input').focus()
  }
  const send = actionOf('Send the code', askForCode, { look: 'primary', doing: way.doing })
  host.append(el('p', {}, way.lead), send)
  return host
}

function otherWays(offered, chosen, choose) {
  const others = offered.filter((way) => way !== chosen)
  if (others.length === 0) return null
  const rows = others.map((way) =>
    el(
      'li',
      {},
      el(
        'button',
        { type: 'button', class: 'way', onclick: () => choose(way) },
        el('span', { class: 'way-title' }, way.title),
        el('span', { class: 'way-hint' }, way.hint),
      ),
    ),
  )
  return el('div', { class: 'others' }, el('h3', {}, 'Other ways'), el('ul', { class: 'ways' }, rows))
}

/** The ways this user has, by the API's list of factors. */
export function waysOf(factors) {
  return ways.filter(({ key }) => factors[key] === true)
}

/** The panel: the best way open, the others below. `done` runs after the API accepted the proof. */
export function challengePanel(offered, done) {
  const host = el('div', { class: 'challenge stack' })
  const show = (way, isChosen) => {
    const title = el('h2', { tabindex: -1 }, way.title)
    const body = way.lead === undefined ? typedForm(way, done) : sentForm(way, done)
    host.replaceChildren(title, body, ...[otherWays(offered, way, (other) => show(other, true))].filter(Boolean))
    if (isChosen) (host.querySelector('input') ?? title).focus()
  }
  show(offered[0], false)
  return host
}
