/** Forms and buttons that run one request at a time and say what went wrong where it went wrong. */

import { ApiError } from './api.js'
import { el, newId } from './dom.js'
import { fieldToMend, sentenceFor } from './messages.js'

/** Thrown by a run that the person called off: nothing is said. */
export class Cancelled extends Error {}

function alertLine() {
  return el('p', { class: 'alert', role: 'alert', id: newId('alert') })
}

/** Runs `run` with every control switched off, and shows a refusal in `alert`. Answers the refusal, if any. */
async function guarded(host, alert, doing, run) {
  if (host.getAttribute('aria-busy') === 'true') return undefined
  const controls = [...host.querySelectorAll('button, input')].filter((control) => !control.disabled)
  host.setAttribute('aria-busy', 'true')
  for (const control of controls) control.disabled = true
  alert.replaceChildren()
  let sentence = ''
  try {
    await run()
    return undefined
  } catch (error) {
    if (!(error instanceof Cancelled)) sentence = sentenceFor(error, doing)
    return error
  } finally {
    host.removeAttribute('aria-busy')
    for (const control of controls) control.disabled = false
    alert.textContent = sentence
  }
}

function fieldOf({ name, label, hint, ...attributes }, alert) {
  const id = newId(name)
  const hintId = hint === undefined ? undefined : `${id}-hint`
  const describedBy = [hintId, alert.id].filter(Boolean).join(' ')
  return el(
    'div',
    { class: 'field' },
    el('label', { for: id }, label),
    hintId && el('p', { class: 'hint', id: hintId }, hint),
    el('input', { id, name, required: true, 'aria-describedby': describedBy, ...attributes }),
  )
}

/**
 * A form of `fields` (a name, a label, a hint, and attributes of the input) with one button.
 * `onSubmit` gets the values by name; `beside` stands next to the button, `above` before the fields.
 */
export function formOf({ fields, button, doing, onSubmit, above = [], beside = [] }) {
  const alert = alertLine()
  const form = el(
    'form',
    {},
    above,
    fields.map((field) => fieldOf(field, alert)),
    alert,
    el('div', { class: 'buttons' }, el('button', { type: 'submit', class: 'primary' }, button), beside),
  )
  const inputs = () => [...form.querySelectorAll('.field input')]
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const values = Object.fromEntries(inputs().map(({ name, value }) => [name, value]))
    const refusal = await guarded(form, alert, doing, () => onSubmit(values))
    if (refusal === undefined) return
    const wrong = inputs().find(({ name }) => name === fieldToMend(refusal, doing))
    for (const input of inputs()) input.setAttribute('aria-invalid', input === wrong)
    wrong?.select()
    const target = wrong ?? form.querySelector('[type="submit"]')
    target.focus()
  })
  return form
}

/** A button whose refusal shows below it. `look`: `primary`, `plain`, `quiet` or `danger`. */
export function actionOf(label, run, { look = 'plain', doing, name } = {}) {
  const alert = alertLine()
  const button = el('button', { type: 'button', class: look, 'aria-label': name }, label)
  const host = el('div', { class: 'action' }, button, alert)
  button.addEventListener('click', async () => {
    await guarded(host, alert, doing, run)
    if (button.isConnected && document.activeElement === document.body) button.focus()
  })
  return host
}

/** The field for a 6-digit code: the phone offers it from the message, and a pasted "123 456" is welcome. */
export function codeField(label, hint) {
  return {
    name: 'code',
    label,
    hint,
    class: 'code',
    inputmode: 'numeric',
    autocomplete: 'one-time-code',
    spellcheck: 'false',
    size: 9,
  }
}

/** The field for a recovery code, which has letters too. */
export function recoveryField() {
  return {
    name: 'code',
    label: 'Recovery code',
    hint: 'One of the codes you saved. Capitals and dashes do not matter.',
    class: 'code long',
    autocomplete: 'off',
    autocapitalize: 'characters',
    spellcheck: 'false',
  }
}

/** The digits of a code as typed or pasted; anything else is refused before a try is spent on it. */
export function digitsOf(text) {
  const digits = text.replace(/[\s\u200b\u00a0-]/g, '')
  if (!/^\d{6}$/.test(digits)) throw new ApiError('page_code_form')
  return digits
}

/** A password field of a person who has one (`current-password`) or makes one (`new-password`). */
export function passwordField(label, kind, hint) {
  return { name: 'password', label, hint, type: 'password', autocomplete: kind, minlength: 8, maxlength: 256 }
}
