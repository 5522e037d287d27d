/** Email address and phone number: change them by password, confirm them by a link or a code. */

import { api } from './api.js'
import { actionOf, Cancelled, codeField, digitsOf, formOf, passwordField } from './form.js'
import { sentenceFor } from './messages.js'
import { openPanel, rowOf } from './row.js'

/** What the account calls verified may be no factor: it is confirmed anew then. */
function stateOf(isVerified, isFactor) {
  if (!isVerified) return ['warn', 'Not confirmed']
  return isFactor ? ['good', 'Confirmed'] : ['warn', 'Locked or reset']
}

/** The API wants the link's target as an absolute address: this page itself. */
function sendLink(change) {
  return change(() => api.post('/account/verifications/email', { url: `${location.origin}/` }))
}

function whyNotSent(error) {
  return error instanceof Cancelled ? 'Send it when you are ready.' : sentenceFor(error, 'first-message')
}

const linkSent = 'We sent a link. Open it in this browser within the hour; your address is confirmed then.'

export function emailRow({ account, factors, change, refresh }) {
  const state = stateOf(account.emailVerification, factors.email)
  const changeForm = () =>
    formOf({
      fields: [
        { name: 'email', label: 'New email address', type: 'email', autocomplete: 'email', autocapitalize: 'none' },
        passwordField('Your password', 'current-password'),
      ],
      button: 'Change the address',
      doing: 'address',
      onSubmit: async ({ email, password }) => {
        await change(() => api.patch('/account/email', { email, password }))
        const problem = await sendLink(change).then(() => undefined, whyNotSent)
        if (problem === undefined) await refresh('email', linkSent)
        else await refresh('email', `Your address is changed, but no link was sent. ${problem}`, 'bad')
      },
    })
  const send = async () => {
    await sendLink(change)
    await refresh('email', linkSent)
  }
  const row = rowOf({
    title: 'Email',
    state,
    text: account.email,
    actions: [
      state[0] === 'warn' &&
        actionOf('Send a link', send, { name: 'Send a link to confirm the email address', doing: 'message' }),
      actionOf('Change', () => openPanel(row, [changeForm()]), { name: 'Change the email address' }),
    ],
  })
  return row
}

export function phoneRow({ account, factors, change, refresh }) {
  const state = account.phone ? stateOf(account.phoneVerification, factors.phone) : ['off', 'Not set up']
  const showCodeForm = async () => {
    await change(() => api.post('/account/verifications/phone'))
    const form = formOf({
      fields: [codeField('6-digit code', `We sent it to ${account.phone}.`)],
      button: 'Confirm the number',
      doing: 'phone',
      beside: actionOf('Send another code', showCodeForm, { look: 'quiet', doing: 'message' }),
      onSubmit: async ({ code }) => {
        const secret = digitsOf(code)
        await change(() => api.put('/account/verifications/phone', { userId: account.$id, secret }))
        await refresh('phone', 'Your phone number is confirmed.')
      },
    })
    openPanel(row, [form])
  }
  const numberForm = () =>
    formOf({
      fields: [
        {
          name: 'phone',
          label: 'Phone number',
          hint: 'With the country code, such as +44 7700 900123.',
          type: 'tel',
          autocomplete: 'tel',
        },
        passwordField('Your password', 'current-password'),
      ],
      button: 'Save the number',
      doing: 'number',
      onSubmit: async ({ phone, password }) => {
        await change(() => api.patch('/account/phone', { phone: phone.replace(/[\s().-]/g, ''), password }))
        await refresh('phone', 'Saved. Send a code to it now, and confirm it.')
      },
    })
  const edit = (label, name) => actionOf(label, () => openPanel(row, [numberForm()]), { name })
  const row = rowOf({
    title: 'Phone',
    state,
    text: account.phone || 'Codes by text message, for when the app is not at hand.',
    actions: [
      state[0] === 'warn' &&
        actionOf('Send a code', showCodeForm, { name: 'Send a code to the phone', doing: 'message' }),
      account.phone ? edit('Change', 'Change the phone number') : edit('Add', 'Add a phone number'),
    ],
  })
  return row
}
