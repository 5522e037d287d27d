/** `npm run docs:check`: builds the site anew and checks every link in it and in the repository's Markdown. */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { brokenMarkdownLinks, brokenSiteLinks, filesUnder } from './docs-links.js'

const root = fileURLToPath(new URL('../', import.meta.url))
const site = `${root}site`

const { status } = spawnSync(process.execPath, ['scripts/docs-site.mjs'], { cwd: root, stdio: 'inherit' })
const broken = [...brokenMarkdownLinks(root), ...(status === 0 ? brokenSiteLinks(site) : [])]
for (const link of broken) console.error(`leads nowhere: ${link}`)
if (status === 0) console.log(`${filesUnder(site, ['.html'], new Set()).length} pages`)
console.log(`${broken.length} broken links`)
process.exit(status === 0 && broken.length === 0 ? 0 : 1)
