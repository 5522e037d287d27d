/** What a Redis server tells of itself that would make the store's promise void. */

import type { Durability } from '../first-use.js'

/** @param info the answer of INFO */
export function findFaults(info: string, durability: Durability, isClusterClient: boolean): readonly string[] {
  const settingOf = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1]
  const faults: string[] = []
  if (settingOf('role') === 'slave') faults.push('It is a replica: connect to the primary.')
  if (settingOf('maxmemory_policy')?.startsWith('allkeys-')) {
    faults.push('It may evict records, and a lost record opens an account: set `maxmemory-policy` to noeviction.')
  }
  if (durability === 'required' && settingOf('aof_enabled') === '0') {
    faults.push('It loses acknowledged saves in a crash: set `appendonly` to yes and `appendfsync` to always.')
  }
  if (settingOf('cluster_enabled') === '1' && !isClusterClient) {
    faults.push('It is part of a cluster: use a cluster client.')
  }
  return faults
}
