/** A store whose calls are made by another process, with a connection of its own. */

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { MfaStore } from '@countersign/core'
import type { StoreSpec } from './open-store.js'

export interface RemoteCall {
  readonly id: number
  readonly method: 'load' | 'save' | 'erase' | 'close'
  readonly values: readonly unknown[]
}

export type RemoteAnswer = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string })

export interface RemoteStore extends MfaStore {
  close(): Promise<void>
}

export function openRemoteStore(spec: StoreSpec): RemoteStore {
  const module = fileURLToPath(new URL('./remote-process.ts', import.meta.url))
  const execArgv = ['--conditions=@countersign/source', '--import', 'tsx']
  const child = fork(module, [JSON.stringify(spec)], { execArgv })
  const waiting = new Map<number, (answer: RemoteAnswer) => void>()
  let calls = 0
  child.on('message', (answer: RemoteAnswer) => waiting.get(answer.id)?.(answer))
  const call = (method: RemoteCall['method'], ...values: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++calls
      waiting.set(id, (answer) => {
        waiting.delete(id)
        if ('error' in answer) reject(new Error(answer.error))
        else resolve(answer.value)
      })
      child.send({ id, method, values } satisfies RemoteCall)
    })
  return {
    load: (owner) => call('load', owner) as ReturnType<MfaStore['load']>,
    save: (owner, data, version, expected) =>
      call('save', owner, data, version, expected) as ReturnType<MfaStore['save']>,
    erase: (owner) => call('erase', owner) as Promise<void>,
    close: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        child.send({ id: 0, method: 'close', values: [] } satisfies RemoteCall)
      }),
  }
}

/** Four processes, handed out in turn. */
export function openRemoteStores(spec: StoreSpec): { next(): MfaStore; close(): Promise<void> } {
  const stores = Array.from({ length: 4 }, () => openRemoteStore(spec))
  let turn = 0
  return {
    next: () => stores[turn++ % stores.length] as MfaStore,
    close: async () => void (await Promise.all(stores.map((store) => store.close()))),
  }
}
