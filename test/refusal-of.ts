/** The message of what a call throws, or `nothing thrown`. */
export function refusalOf(call: () => unknown): string {
  try {
    call()
    return 'nothing thrown'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
