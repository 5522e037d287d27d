/** The messages that the example would have sent, so that one can try it without mail or phone. */

import { readOutbox } from './api.js'
import { announce, el } from './dom.js'

const everyMs = 2000

function fillIn(code) {
  const field =
    document.querySelector('dialog[open] input[name="code"]') ?? document.querySelector('main input[name="code"]')
  if (field === null) return announce('Open a form that asks for a code first.')
  field.value = code
  field.focus()
}

/** Only a link that leads back to this page is made one. */
function linkLine(link) {
  const isOurs = URL.canParse(link) && new URL(link).origin === location.origin
  return el('p', { class: 'message-body' }, isOurs ? el('a', { href: link }, 'Open the link') : link)
}

function entryOf({ to, channel, code, link, subject }) {
  const kind = channel === 'phone' ? 'Text message' : 'Email'
  return el(
    'li',
    {},
    el('p', { class: 'message-to' }, el('b', {}, kind), ` to ${to}`),
    code !== undefined &&
      el(
        'p',
        { class: 'message-body' },
        el('code', {}, code),
        el(
          'button',
          { type: 'button', class: 'small', 'aria-label': `Fill in code ${code}`, onclick: () => fillIn(code) },
          'Fill in',
        ),
      ),
    link !== undefined && linkLine(link),
    code === undefined && link === undefined && el('p', { class: 'message-body' }, subject ?? 'A notice.'),
  )
}

let shown

function draw(list, messages) {
  const state = JSON.stringify(messages)
  if (shown === state) return
  shown = state
  list.replaceChildren(
    ...(messages.length === 0
      ? [el('li', { class: 'empty' }, 'Nothing was sent yet. Codes and links appear here.')]
      : messages.toReversed().slice(0, 20).map(entryOf)),
  )
}

/** Shows the panel where the server keeps an outbox. It asks only while the panel is open and the page is seen. */
export async function startOutbox() {
  const first = await readOutbox().catch(() => null)
  if (first === null) return
  const list = el('ul', { class: 'messages' })
  const poll = async () => {
    if (panel.open && document.visibilityState === 'visible') {
      const messages = await readOutbox().catch(() => null)
      if (messages !== null) draw(list, messages)
    }
    if (panel.open) timer = setTimeout(poll, everyMs)
  }
  let timer
  const panel = el(
    'details',
    {
      ontoggle: () => {
        clearTimeout(timer)
        if (panel.open) poll()
      },
    },
    el('summary', {}, 'Outbox'),
    el('p', { class: 'hint' }, 'This example sends nothing. What it would send to anyone shows here, newest first.'),
    list,
  )
  draw(list, first)
  const aside = document.getElementById('outbox')
  aside.replaceChildren(panel)
  aside.hidden = false
}
