/** The authenticator app: set up by QR code or typed secret, confirmed by its first code, removed. */

import { api, qrImage } from './api.js'
import { announce, el } from './dom.js'
import { actionOf, codeField, digitsOf, formOf } from './form.js'
import { openPanel, rowOf } from './row.js'

const path = '/account/mfa/authenticators/totp'

function groupsOfFour(secret) {
  return secret.match(/.{1,4}/g).join(' ')
}

async function copySecret(secret) {
  await navigator.clipboard.writeText(secret)
  announce('The secret is copied.')
}

function qrFigure(uri) {
  const image = el('img', { class: 'qr', alt: 'QR code for your authenticator app', width: 220, height: 220 })
  const figure = el('figure', {}, image)
  qrImage(uri).then(
    (source) => image.setAttribute('src', source),
    () => figure.replaceChildren(el('p', {}, 'The QR code could not be loaded. Type the secret instead.')),
  )
  return figure
}

/** A phone without clipboard access, as on plain http, still has the text to select. */
function copyAction(secret) {
  return navigator.clipboard && actionOf('Copy the secret', () => copySecret(secret), { look: 'small' })
}

function setUpPanel({ secret, uri }, { change, refresh }) {
  return [
    el(
      'ol',
      { class: 'steps' },
      el('li', {}, 'Open your authenticator app and add an account.'),
      el('li', {}, 'Scan the code, or type the secret.'),
      el('li', {}, 'Enter the 6 digits that the app shows.'),
    ),
    el(
      'div',
      { class: 'enroll' },
      qrFigure(uri),
      el(
        'div',
        { class: 'secret' },
        el('h4', {}, 'Cannot scan?'),
        el('p', {}, 'Type this secret as a time-based key. Keep it to yourself.'),
        el('code', { class: 'secret-text' }, groupsOfFour(secret)),
        copyAction(secret),
      ),
    ),
    formOf({
      fields: [codeField('Code from your app', 'Spaces do no harm.')],
      button: 'Confirm the app',
      doing: 'app',
      onSubmit: async ({ code }) => {
        const otp = digitsOf(code)
        await change(() => api.put(path, { otp }))
        await refresh('app', 'Your app is set up.')
      },
    }),
  ]
}

const withoutCode = ' If you lost it, confirm your email address or a phone number before you remove it.'

export function appRow({ account, factors, change, refresh }) {
  const setUp = async () => {
    const enrollment = await change(() => api.post(path))
    openPanel(row, setUpPanel(enrollment, { change, refresh }))
  }
  const remove = async () => {
    await change(() => api.delete(path), { isRecoveryEnough: !isLast })
    await refresh('app', 'Your app is removed. Delete its entry in the app too.')
  }
  const hasOther = factors.email || factors.phone
  const isLast = account.mfa && !hasOther
  const isNext = factors.recoveryCode && !hasOther
  const row = rowOf({
    title: 'Authenticator app',
    state: factors.totp ? ['good', 'Set up'] : ['off', 'Not set up'],
    text: factors.totp
      ? `Your app shows a new code every 30 seconds.${isLast ? withoutCode : ''}`
      : 'The best choice: works offline, and nothing is sent that one could read.',
    actions: factors.totp
      ? [actionOf('Remove', remove, { look: 'danger', name: 'Remove the authenticator app' })]
      : [actionOf('Set up', setUp, { look: isNext ? 'primary' : 'plain', name: 'Set up an authenticator app' })],
  })
  return row
}
