// What is no error of the library goes on to the next handler.
app.use((_error: unknown, _req: Request, res: Response, _next: unknown) => res.status(500).send('not ours'))

const server = app.listen(0, async () => {
  const { port } = server.address() as { port: number }
  const call = async (method: string, path: string, session: string, body?: unknown): Promise<void> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'x-session': session },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    console.log(response.status, await response.text())
  }
  const kim = { email: 'kim@example.com', password: 'right' }
  await call('POST', '/sign-in', 'one', { ...kim, password: 'wrong' })
  await call('GET', '/account', 'one')
  await call('POST', '/sign-in', 'one', kim)
  const session = { userId: 'kim', sessionId: 'one' }
  const parsed = parseKeyUri(unwrap(await mfa.totp.enroll(session, { accountName: 'kim' })).uri)
  if (!parsed.ok) throw new Error('no URI')
  const first = Date.now()
  unwrap(await mfa.totp.confirm(session, { code: generateTotp(parsed.secret, first) }))
  await call('POST', '/sign-in', 'two', kim)
  await call('GET', '/account', 'two')
  await call('POST', '/sign-in/code', 'two', { code: '12345x' })
  await call('POST', '/sign-in/code', 'two', { code: generateTotp(parsed.secret, first + 30_000) })
  await call('GET', '/account', 'two')
  await call('POST', '/sign-in/code', '', { code: '123456' })
  await call('POST', '/sign-in/code', 'two', 'no object')
  server.close()
})
