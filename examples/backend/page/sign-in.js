/** The signed-out views: sign in, and sign up. The address's `#sign-up` says which, so that Back works. */

import { api } from './api.js'
import { el, note, showBarActions, showView } from './dom.js'
import { formOf, passwordField } from './form.js'

const emailField = {
  name: 'email',
  label: 'Email address',
  type: 'email',
  autocomplete: 'username',
  autocapitalize: 'none',
  spellcheck: 'false',
}

async function startSession({ email, password }) {
  await api.post('/account/sessions/email', { email, password })
}

function signInForm(next) {
  return formOf({
    fields: [emailField, passwordField('Password', 'current-password')],
    button: 'Sign in',
    doing: 'sign-in',
    onSubmit: async (values) => {
      await startSession(values)
      await next()
    },
  })
}

function signUpForm(next) {
  return formOf({
    fields: [
      { name: 'name', label: 'Name', autocomplete: 'name', maxlength: 128 },
      emailField,
      passwordField('Password', 'new-password', 'At least 8 characters. A few words you make up are good.'),
    ],
    button: 'Create account',
    doing: 'sign-up',
    onSubmit: async ({ name, email, password }) => {
      await api.post('/account', { userId: 'unique()', name, email, password })
      await startSession({ email, password })
      history.replaceState(null, '', location.pathname)
      await next({ kind: 'good', text: 'Your account is ready. Now make it safer: start with recovery codes.' })
    },
  })
}

/** Draws the view that the address names. `notice` is what led here; `next` goes on once there is a session. */
export function showSignedOut({ notice, next }) {
  const isSignUp = location.hash === '#sign-up'
  showBarActions()
  const title = isSignUp ? 'Create an account' : 'Sign in'
  const other = isSignUp
    ? ['Have an account? ', el('a', { href: '#sign-in' }, 'Sign in')]
    : ['New here? ', el('a', { href: '#sign-up' }, 'Create an account')]
  showView(
    title,
    el(
      'div',
      { class: 'card narrow' },
      el('h1', {}, title),
      el(
        'p',
        { class: 'lead' },
        isSignUp
          ? 'An account to try two-step sign-in with.'
          : 'First your password. If your account has a second step, it comes next.',
      ),
      notice && note(notice.kind, notice.text),
      isSignUp ? signUpForm(next) : signInForm(next),
      el('p', { class: 'switch' }, other),
    ),
  )
}
