/** Where the account is signed in, and what happened to it lately. */

import { api } from './api.js'
import { el, pill } from './dom.js'
import { wordsOf } from './events.js'
import { actionOf } from './form.js'
import { sentenceFor } from './messages.js'
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
  const { sessions, change, refresh } = context
  const endOthers = async () => {
    try {
      const now = await change(() => api.get('/account/sessions'))
      for (const session of now.sessions.filter(({ current }) => !current)) {
        await change(() => endSession(session)).catch((error) => {
          // One that is gone is signed out already.
          if (error.type !== 'user_session_not_found') throw error
        })
      }
    } catch (error) {
      return refresh('sessions', `Some devices are still signed in. ${sentenceFor(error)}`, 'bad')
    }
    await refresh('sessions', 'All other devices are signed out.')
  }
  const items = sessions.toSorted((a, b) => b.current - a.current).map((session) => sessionItem(session, context))
  return el(
    'section',
    { class: 'card' },
    el('h2', {}, 'Devices and sessions'),
    el('ul', { class: 'items' }, items),
    items.length > 1 && actionOf('Sign out all others', endOthers, { look: 'danger' }),
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
