/** The flow in Jest, with no flag and no configuration. */

const { flow } = require('./flow.cjs')
const { modules } = require('./modules.cjs')

test('the packages do their whole work in Jest', async () => {
  expect(await flow(modules)).toEqual({ vectors: 18, level: 'aal2', amr: 'pwd+otp+mfa', qr: true })
})
