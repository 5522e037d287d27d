/** One line of the account: what it is, how it stands, what one can do; and the panel that opens below. */

import { el, pill } from './dom.js'

/**
 * `actions` are elements of `actionOf`. `openPanel` puts its elements below, takes the actions away, and hands focus to
 * the first input; with it comes a button that closes the panel again.
 */
export function rowOf({ title, state, text, actions = [] }) {
  const row = el(
    'section',
    { class: 'row' },
    el('div', { class: 'row-head' }, el('h3', {}, title), state && pill(...state)),
    el('p', { class: 'row-text' }, text),
    el('div', { class: 'row-actions' }, actions),
  )
  return row
}

/** Opens a panel in a row, with a button that calls it off unless it `isFinal`. */
export function openPanel(row, children, isFinal) {
  const close = !isFinal && el('button', { type: 'button', class: 'quiet', onclick: () => closePanel(row) }, 'Cancel')
  row.querySelector('.row-actions').hidden = true
  row.querySelector('.panel')?.remove()
  const panel = el('div', { class: 'panel stack' }, children)
  if (close) (panel.querySelector('.buttons') ?? panel).append(close)
  row.append(panel)
  const target = panel.querySelector('[data-focus], input') ?? panel
  target.focus()
}

/** Closes the panel and gives focus back to the row's first action. */
function closePanel(row) {
  row.querySelector('.panel')?.remove()
  const actions = row.querySelector('.row-actions')
  actions.hidden = false
  actions.querySelector('button')?.focus()
}
