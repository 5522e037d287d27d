/** Where the account is signed in, and what happened to it lately. */

import { api } from './api.js'
import { el, pill } from './dom.js'
import { wordsOf } from './events.js'
import { actionOf } from './form.js'
import { timeElement } from './times.js'

const factorWords = {
  password: 'password',
  totp: 'app',
  email: 'email',
  phone: 'text message',
  recoveryCode: 'recovery code',
}

const list = new Intl.ListFormat('en', { type: 'conjunction' })

function deviceOf({ clientName, osName, deviceName }) {
  return [clientName || 'Unknown browser', osName || deviceName].filter(Boolean).join(' on ')
}

function endSession({ $id }) {
  return api.delete(`/account/sessions/${encodeURIComponent($id)}`)
}

function sessionItem(session, { change, refresh, signOut }) {
  const device = deviceOf(session)
  const end = async () => {
    if (session.current) return signOut()
    await change(() => endSession(session))
    await refresh('sessions', `${device} is signed out.`)
  }
  const proofs = list.format(session.factors.map((name) => factorWords[name] ?? name))
  return el(
    'li',
    { class: 'item' },
    el(
      'div',
      {},
      el('p', { class: 'item-title' }, device, session.current && pill('good', 'This device')),
      el(
        'p',
        { class: 'item-text' },
        'Since ',
        timeElement(session.$createdAt),
        session.ip && `, from ${session.ip}`,
        proofs && `, by ${proofs}`,
      ),
    ),
    actionOf('Sign out', end, { look: 'small', name: `Sign out ${device}${session.current ? ', this device' : ''}` }),
  )
}

export function sessionsCard(context) {
  const own = context.sessions.filter(({ current }) => current)
  const others = context.sessions.filter(({ current }) => !current)
  const endOthers = async () => {
    for (const session of others) await context.change(() => endSession(session))
    await context.refresh('sessions', 'All other devices are signed out.')
  }
  return el(
    'section',
    { class: 'card' },
    el('h2', {}, 'Devices and sessions'),
    el(
      'ul',
      { class: 'items' },
      [...own, ...others].map((session) => sessionItem(session, context)),
    ),
    others.length > 0 && actionOf('Sign out all others', endOthers, { look: 'danger' }),
  )
}

export function eventsCard({ events }) {
  return el(
    'section',
    { class: 'card' },
    el('h2', {}, 'Recent security events'),
    events.length === 0
      ? el('p', {}, 'Nothing happened yet.')
      : el(
          'ul',
          { class: 'items events' },
          events.map((entry) =>
            el(
              'li',
              { class: 'item' },
              el('p', { class: 'item-title' }, wordsOf(entry)),
              el('p', { class: 'item-text' }, timeElement(entry.time), entry.ip && `, from ${entry.ip}`),
            ),
          ),
        ),
  )
}
