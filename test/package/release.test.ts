import { describe, expect, it } from 'vitest'
import { obstaclesToRelease, type ReleaseState } from '../../scripts/release-obstacles.js'

const ready: ReleaseState = {
  changesets: ['README.md', 'config.json'],
  manifests: [
    { name: 'a', version: '1.0.0', repository: { url: 'git+https://example.com/a.git' } },
    { name: 'b', version: '1.0.0', repository: { url: 'git+https://example.com/a.git' } },
  ],
  environment: { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://example.com/token' },
  uncommitted: '',
}

describe('a release', () => {
  it('begins when all is committed, versioned, named, and built where provenance can be signed', () => {
    expect(obstaclesToRelease(ready)).toEqual([])
    expect(obstaclesToRelease({ ...ready, environment: { SIGSTORE_ID_TOKEN: 'x' } })).toEqual([])
  })

  it.each<[string, Partial<ReleaseState>, RegExp]>([
    ['with changes that are not committed', { uncommitted: ' M README.md\n' }, /not committed/],
    ['while changesets wait', { changesets: ['README.md', 'first.md'] }, /wait \(first\.md\)/],
    [
      'with versions that differ',
      { manifests: [{ ...ready.manifests[0], name: 'a', version: '1.0.1' }, ...ready.manifests] },
      /differ \(1\.0\.1, 1\.0\.0\)/,
    ],
    ['without a repository', { manifests: [{ name: 'a', version: '1.0.0' }] }, /a names no `repository\.url`/],
    ['on a developer’s machine', { environment: {} }, /id-token/],
  ])('is refused %s', (_case, change, reason) => {
    const obstacles = obstaclesToRelease({ ...ready, ...change })
    expect(obstacles).toHaveLength(1)
    expect(obstacles[0]).toMatch(reason)
  })
})
