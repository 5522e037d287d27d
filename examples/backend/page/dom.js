/** Builds elements and moves focus; data only ever becomes text or an attribute, never markup. */

/**
 * An element with attributes, listeners (`onclick` and the like, as functions) and children.
 * False, null and undefined leave an attribute or a child out; true is a bare attribute.
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue
    if (typeof value === 'function') element.addEventListener(name.slice(2), value)
    else element.setAttribute(name, value === true ? '' : String(value))
  }
  element.append(...children.flat().filter((child) => child !== false && child !== null && child !== undefined))
  return element
}

let lastId = 0

/** An id that no other element of this page has. */
export function newId(prefix) {
  lastId += 1
  return `${prefix}-${lastId}`
}

/** Shows a view in the main region, names it in the title, and hands focus to its heading. */
export function showView(title, ...children) {
  document.title = `${title} - Countersign example`
  const main = document.getElementById('main')
  main.replaceChildren(...children)
  const heading = main.querySelector('h1')
  heading.tabIndex = -1
  heading.focus({ preventScroll: true })
  window.scrollTo(0, 0)
}

/** What stands at the right of the top bar. */
export function showBarActions(...children) {
  document.getElementById('bar-actions').replaceChildren(...children)
}

let clearing

/** Says something short, to the eye at the foot of the page and to a screen reader, and takes it away again. */
export function announce(text) {
  const live = document.getElementById('live')
  live.textContent = text
  clearTimeout(clearing)
  clearing = setTimeout(() => live.replaceChildren(), 4000)
}

/** A sentence that stays where it was put: `good`, `bad` or `info`. It can take focus, so that it is read out. */
export function note(kind, text) {
  return el('p', { class: `note ${kind}`, tabindex: -1 }, text)
}

/** A small word of state, such as "On". */
export function pill(kind, text) {
  return el('span', { class: `pill ${kind}` }, text)
}
