/** Writes times for people, in their own zone and their browser's language. */

import { el } from './dom.js'

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' })

function isToday(date) {
  return date.toDateString() === new Date().toDateString()
}

/** "at 14:05", or with the day where it is not today. Rounded up to the minute, so that it is never too early. */
export function tryAgainAt(atMs) {
  const date = new Date(Math.ceil(atMs / 60_000) * 60_000)
  return isToday(date) ? `at ${clock.format(date)}` : `on ${dayAndClock.format(date)}`
}

/** A `<time>` element: short to read, the whole date on hover, exact for machines. */
export function timeElement(iso) {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return el('span', {}, 'unknown time')
  const text = isToday(date) ? `today, ${clock.format(date)}` : dayAndClock.format(date)
  return el('time', { datetime: date.toISOString(), title: full.format(date) }, text)
}
