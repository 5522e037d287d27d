/** The network a client calls from, for limits: its IPv4 address, or the first 64 bits of its IPv6 address. */

/** One household or one server has a whole /64, so an address alone would count nothing. */
export function networkOf(ip: string): string {
  const [address = ''] = ip.split('%')
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(8 - groups.length - last.length, 0)
  const all = [...groups, ...new Array<string>(zeros).fill('0'), ...last]
  const first = all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16))
  return `${first.join(':')}::/64`
}
