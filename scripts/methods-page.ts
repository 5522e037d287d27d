/** The page docs/methods.md, made from the one table that the rules read. */

import {
  factorTable,
  hostMethod,
  methodTable,
  offerOrder,
  type Standing,
  userVerifiedPasskey,
} from '../packages/core/src/session/methods.js'

export function methodsPage(): string {
  return `# Methods and factors: what each is worth

Printed from \`packages/core/src/session/methods.ts\` by \`npm run docs:methods\`. The rules read the same table.

- **Category**: what a proof rests on. **Medium**: what it travels over; two proofs over one medium are one proof.
- **Level**: the most it can raise a session to (NIST SP 800-63B-4). A session is \`aal2\` when a sign-in that is not
  itself something one has (\`possession\`) meets an independent second proof of level \`aal2\`, or by a user-verified
  passkey. \`amr\`: RFC 8176, plus the private values \`email\` and \`recovery\`, for which none is registered;
  \`mfa\` is added at \`aal2\`, \`mca\` where two channels were proven.

## First factors: what the host proves

| method | category | medium | level | amr |
|---|---|---|---|---|
${Object.entries(methodTable)
  .map(([name, standing]) => row(`\`${name}\``, standing))
  .join('\n')}
${row('`passkey` with `userVerified`', userVerifiedPasskey)}
${row('any other (the host states its channel)', hostMethod)}

\`oauth\` has medium \`email\` where its \`verified.email\` is the address of the user's email factor, or where the host
says \`channel: 'email'\`. A \`password\` has the medium it was last set over (\`credentials.changed\`) until another
factor, or a recovery code, was proven by a session that signed in with it; for a user without a factor over another
medium, for 24 hours.

## Second factors, in the order they are offered

| factor | category | medium | level | amr |
|---|---|---|---|---|
${offerOrder.map((kind) => row(`\`${kind}\``, factorTable[kind])).join('\n')}

A second proof is **independent** when it is another factor over another medium than every sign-in proof of the
session; in the \`nist\` profile its category must differ from a sign-in's, too.
`
}

function row(name: string, { category, medium, level, amr }: Standing): string {
  return `| ${name} | ${category} | ${medium} | ${level} | ${amr.map((value) => `\`${value}\``).join(' ') || '-'} |`
}
