/** The account: its parts in order, each drawn anew after a change, with the news where the change was made. */

import { eventsCard, sessionsCard } from './activity.js'
import { api } from './api.js'
import { appRow } from './app-row.js'
import { codesRow } from './codes-row.js'
import { emailRow, phoneRow } from './contact-rows.js'
import { el, note, showBarActions, showView } from './dom.js'
import { isWorthShowing } from './events.js'
import { actionOf, Cancelled } from './form.js'
import { withProof } from './step-up.js'
import { switchCard } from './switch-card.js'

/** A link that came back too late for the proof before it waits for another. */
function confirmAction(link, { change, refresh }) {
  const confirm = async () => {
    await change(() => api.put('/account/verifications/email', link))
    await refresh('email', 'Your email address is confirmed.')
  }
  return actionOf('Confirm the email address', confirm, { look: 'primary', doing: 'link' })
}

function intro({ account, notice, change, refresh }) {
  return el(
    'header',
    { class: 'intro' },
    el('h1', {}, 'Your account'),
    el('p', { class: 'lead' }, [account.name, account.email].filter(Boolean).join(', ')),
    notice && note(notice.kind, notice.text),
    notice?.link && confirmAction(notice.link, { change, refresh }),
  )
}

const parts = {
  intro,
  switch: switchCard,
  codes: codesRow,
  app: appRow,
  email: emailRow,
  phone: phoneRow,
  sessions: sessionsCard,
  events: eventsCard,
}

const newestEvents = 12

async function load(account) {
  const [newAccount, factors, { sessions }, { logs }] = await Promise.all([
    account ?? api.get('/account'),
    api.get('/account/mfa/factors'),
    api.get('/account/sessions'),
    api.get('/account/logs'),
  ])
  return { account: newAccount, factors, sessions, events: logs.filter(isWorthShowing).slice(0, newestEvents) }
}

export async function showAccount({ account, notice, proceed, signOut }) {
  /** Runs a change; where the session has ended or owes its second step meanwhile, shows that instead. */
  const change = async (run, proof) => {
    try {
      return await withProof(signOut, run, proof)
    } catch (error) {
      if (!['general_unauthorized_scope', 'user_more_factors_required'].includes(error.type)) throw error
      await proceed({ kind: 'info', text: 'This session has ended or must be confirmed again. Nothing was changed.' })
      throw new Cancelled()
    }
  }
  const shown = {}

  /** Draws every part anew but those with an open panel, which a person may be typing in. */
  const draw = (state, changed) => {
    for (const [name, part] of Object.entries(parts)) {
      const old = shown[name]
      if (old !== undefined && name !== changed && old.querySelector('.panel') !== null) continue
      const element = part({ ...state, change, refresh, signOut })
      element.id = name
      old?.replaceWith(element)
      shown[name] = element
    }
  }

  /** After a change in the part `changed`: asks the API how things stand now, and says `text` there. */
  const refresh = async (changed, text, kind = 'good') => {
    if (!shown[changed].isConnected) return
    let state
    try {
      state = await load()
    } catch (error) {
      if (error.status === 401) return proceed()
      throw error
    }
    draw(state, changed)
    const news = note(kind, text)
    shown[changed].prepend(news)
    news.focus()
  }

  const state = await load(account)
  draw({ ...state, notice })
  showBarActions(actionOf('Sign out', signOut, { look: 'quiet' }))
  showView(
    'Your account',
    shown.intro,
    shown.switch,
    el(
      'section',
      { class: 'card rows' },
      el('h2', {}, 'Ways to confirm that it is you'),
      shown.codes,
      shown.app,
      shown.email,
      shown.phone,
    ),
    shown.sessions,
    shown.events,
  )
}
