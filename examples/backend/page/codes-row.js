/** Recovery codes: made once, shown once, and not put away before the person says they are saved. */

import { api } from './api.js'
import { waysOf } from './challenge.js'
import { announce, el, newId, note } from './dom.js'
import { actionOf } from './form.js'
import { openPanel, rowOf } from './row.js'

const path = '/account/mfa/recovery-codes'

function textOf(codes, account) {
  return [
    `Countersign example: recovery codes of ${account.email}`,
    `Made on ${new Date().toLocaleString()}. Each code works once.`,
    '',
    ...codes,
    '',
  ].join('\n')
}

function download(text) {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  el('a', { href: address, download: 'recovery-codes.txt' }).click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

async function copy(text) {
  await navigator.clipboard.writeText(text)
  announce('The codes are copied.')
}

function keepers(text) {
  const small = { look: 'small' }
  return [
    navigator.clipboard && actionOf('Copy', () => copy(text), { ...small, name: 'Copy the codes' }),
    actionOf('Download', async () => download(text), { ...small, name: 'Download the codes' }),
    actionOf('Print', async () => window.print(), { ...small, name: 'Print the codes' }),
  ]
}

function savedGate(refresh) {
  const id = newId('saved')
  const ready = 'Your recovery codes are ready. Keep them where you find them without your phone.'
  const action = actionOf('Done', () => refresh('codes', ready), { look: 'primary' })
  const done = action.querySelector('button')
  done.disabled = true
  const box = el('input', {
    type: 'checkbox',
    id,
    onchange: () => {
      done.disabled = !box.checked
    },
  })
  const check = el('p', { class: 'check' }, box, el('label', { for: id }, 'I saved them'))
  return el('div', { class: 'gate' }, check, action)
}

function codesPanel(codes, { account, refresh }) {
  return [
    el(
      'div',
      { class: 'print' },
      el('h4', { tabindex: -1, 'data-focus': true }, 'Your recovery codes'),
      el(
        'p',
        {},
        'Each one signs you in once when you have nothing else. They are shown only now: save them before you go on.',
      ),
      el(
        'ul',
        { class: 'codes', 'aria-label': 'Recovery codes' },
        codes.map((code) => el('li', {}, el('code', {}, code))),
      ),
    ),
    el('div', { class: 'keepers' }, keepers(textOf(codes, account))),
    savedGate(refresh),
  ]
}

const codesAlready = 'There are codes already, made elsewhere or locked after many wrong ones.'
const wayFirst = 'Set up an app, or confirm your email address or a phone number; then replace them.'

// Codes that nobody saved are lost with the page that shows them.
window.addEventListener('beforeunload', (event) => {
  if (document.querySelector('.gate') !== null) event.preventDefault()
})

export function codesRow(context) {
  const { factors, change } = context
  const hasCodes = factors.recoveryCode
  const show = (answer) => openPanel(row, codesPanel(answer.recoveryCodes, context), true)
  const create = async () => {
    try {
      show(await change(() => api.post(path)))
    } catch (error) {
      if (error.type !== 'user_recovery_codes_already_exists') throw error
      offerReplacing()
    }
  }
  const replace = async () => show(await change(() => api.patch(path)))
  const replaceAction = actionOf('Replace', replace, { name: 'Replace the recovery codes' })
  // The list of factors leaves out codes that are locked.
  const offerReplacing = () => {
    const canProve = waysOf(factors).length > 0
    const news = note('info', `${codesAlready} ${canProve ? 'Replace them.' : wayFirst}`)
    row.prepend(news)
    row.querySelector('.row-actions').replaceChildren(...(canProve ? [replaceAction] : []))
    news.focus()
  }
  const row = rowOf({
    title: 'Recovery codes',
    state: hasCodes ? ['good', 'Made'] : ['off', 'None'],
    text: hasCodes
      ? 'Lost them, or used most of them? Replace them; the old ones stop working.'
      : 'A list of codes for the day you lose your phone. Save them first.',
    actions: hasCodes
      ? [replaceAction]
      : [actionOf('Create', create, { look: 'primary', name: 'Create recovery codes' })],
  })
  return row
}
