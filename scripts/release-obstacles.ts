/** What stands in the way of a release, in words that say what to do. */

export interface ReleaseState {
  /** The names of the files in `.changeset/`. */
  readonly changesets: readonly string[]
  readonly manifests: readonly {
    readonly name: string
    readonly version: string
    readonly repository?: { readonly url?: string }
  }[]
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What `git status --porcelain` prints. */
  readonly uncommitted: string
}

/** Empty when the release may begin. */
export function obstaclesToRelease({
  changesets,
  manifests,
  environment,
  uncommitted,
}: ReleaseState): readonly string[] {
  const waiting = changesets.filter((file) => file.endsWith('.md') && file !== 'README.md')
  const versions = new Set(manifests.map(({ version }) => version))
  // npm refuses provenance for a package that does not name the repository it was built in.
  const homeless = manifests.filter(({ repository }) => !repository?.url).map(({ name }) => name)
  const isCi =
    environment['ACTIONS_ID_TOKEN_REQUEST_URL'] !== undefined || environment['SIGSTORE_ID_TOKEN'] !== undefined
  return [
    ...(uncommitted.trim() === '' ? [] : ['There are changes that are not committed: commit them first.']),
    ...(waiting.length === 0
      ? []
      : [`Changesets wait (${waiting.join(', ')}): run \`npx changeset version\`, commit.`]),
    ...(versions.size === 1
      ? []
      : [`The versions differ (${[...versions].join(', ')}): run \`npx changeset version\`.`]),
    ...homeless.map((name) => `${name} names no \`repository.url\` in its package.json, and provenance needs it.`),
    ...(isCi
      ? []
      : ['Provenance is signed by the CI that builds: run this in a job with an OpenID token (`id-token: write`).']),
  ]
}
