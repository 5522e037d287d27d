/** Which runtime this is, by its own word. */

exports.version = () => {
  if (globalThis.Bun !== undefined) return `bun ${globalThis.Bun.version}`
  if (globalThis.Deno !== undefined) return `deno ${globalThis.Deno.version.deno}`
  return `node ${process.versions.node}`
}
