import jsQR from 'jsqr'
import { describe, expect, it } from 'vitest'
import { readPng } from '../qr/png.js'
import { backendForTest, clientOf, givenSignedIn, type TestBackend, type TestClient } from './backend.js'

/** As an image of a page loads it: a GET without any header of ours. */
const load = (backend: TestBackend, query: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(`http://127.0.0.1:${backend.port}/v1/avatars/qr?${new URLSearchParams(query)}`)

async function decode(response: Response): Promise<string | undefined> {
  const { pixels, width, height } = readPng(new Uint8Array(await response.arrayBuffer()))
  return jsQR(pixels, width, height)?.data
}

const uri = `otpauth://totp/Acme%3Akim%40example.com?issuer=Acme&secret=${'A'.repeat(32)}`

describe('GET /v1/avatars/qr', () => {
  it('draws the text as a PNG of the size that was asked, which a camera reads', async () => {
    const backend = await backendForTest()
    for (const text of [uri, 'x', 'x'.repeat(512), 'ä & ? #']) {
      const answer = await load(backend, { text, size: '800', margin: '2', project: 'guide' })
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png'])
      expect(await decode(answer.clone())).toBe(text)
      expect(readPng(new Uint8Array(await answer.arrayBuffer()))).toMatchObject({ width: 800, height: 800 })
    }
  })

  it('is 400 pixels wide by default, and a download when asked to be', async () => {
    const backend = await backendForTest()
    const plain = await load(backend, { text: uri })
    expect(plain.headers.get('content-disposition')).toBeNull()
    expect(readPng(new Uint8Array(await plain.arrayBuffer()))).toMatchObject({ width: 400 })
    for (const download of ['true', '1']) {
      const answer = await load(backend, { text: uri, download })
      expect(answer.headers.get('content-disposition')).toBe('attachment; filename="qr.png"')
    }
    expect((await load(backend, { text: uri, download: 'false' })).headers.get('content-disposition')).toBeNull()
  })

  it('is not cached, since its text may be a secret', async () => {
    const backend = await backendForTest()
    expect((await load(backend, { text: uri })).headers.get('cache-control')).toContain('no-store')
  })

  it('may be shown by any page, but read only by pages that may call the backend', async () => {
    const backend = await backendForTest()
    const url = `http://127.0.0.1:${backend.port}/v1/avatars/qr?${new URLSearchParams({ text: uri })}`
    const shown = await fetch(url, { headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'image' } })
    expect([shown.status, shown.headers.get('access-control-allow-origin')]).toEqual([200, null])
    const origin = 'http://localhost:3000'
    const read = await fetch(url, { headers: { origin } })
    expect([read.status, read.headers.get('access-control-allow-origin')]).toEqual([200, origin])
    expect((await fetch(url, { headers: { origin: 'https://evil.example' } })).status).toBe(403)
  })

  it('refuses what is out of range', async () => {
    const backend = await backendForTest()
    const bad = [
      {},
      { text: '' },
      { text: 'x'.repeat(513) },
      { text: uri, size: '0' },
      { text: uri, size: '1001' },
      { text: uri, size: '-1' },
      { text: uri, size: '1e2' },
      { text: uri, margin: '11' },
      { text: uri, margin: '1.5' },
    ]
    for (const query of bad) {
      const answer = await load(backend, query)
      expect([query, answer.status]).toEqual([query, 400])
      expect(await answer.json()).toMatchObject({ type: 'general_argument_invalid', code: 400 })
    }
    for (const query of [
      { text: uri, size: '1000', margin: '10' },
      { text: uri, size: '1', margin: '0' },
    ]) {
      expect((await load(backend, query)).status).toBe(200)
    }
  })
})

describe('POST /v1/avatars/qr, for the page', () => {
  const path = '/v1/avatars/qr'

  /** As the browser of this client sends it. */
  const post = (backend: TestBackend, client: TestClient, body: object): Promise<Response> =>
    fetch(`http://127.0.0.1:${backend.port}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-appwrite-project': 'guide',
        cookie: [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
      },
      body: JSON.stringify(body),
    })

  it('draws the text of the body, so that no secret stands in a URL', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    await givenSignedIn(client)
    const answer = await post(backend, client, { text: uri })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(answer.headers.get('cache-control')).toContain('no-store')
    expect(await decode(answer)).toBe(uri)
  })

  it('draws for a session only, and only what is there to draw', async () => {
    const backend = await backendForTest()
    const client = clientOf(backend)
    expect((await client.call('POST', path, { text: uri })).status).toBe(401)
    await givenSignedIn(client)
    for (const text of [undefined, '', 7, 'x'.repeat(513)]) {
      const { status, body } = await client.call('POST', path, { text })
      expect([text, status, body['type']]).toEqual([text, 400, 'general_argument_invalid'])
    }
    const origin = 'https://evil.example'
    expect((await client.call('POST', path, { text: uri }, { origin })).status).toBe(403)
  })
})
