/** One command at a time per owner inside this process, with a bounded queue. Other processes are met by compare-and-swap. */

/** Runs `task` when the owner's earlier tasks are done, or answers `'full'` when too many wait. */
export type Mutex = <T>(owner: string, task: () => Promise<T>) => Promise<T | 'full'>

export function createMutex(maxQueued: number): Mutex {
  const queues = new Map<string, { tail: Promise<unknown>; length: number }>()
  return async (owner, task) => {
    const queue = queues.get(owner) ?? { tail: Promise.resolve(), length: 0 }
    if (queue.length >= maxQueued) return 'full'
    queues.set(owner, queue)
    queue.length++
    const turn = queue.tail.then(task)
    queue.tail = turn.catch(() => undefined)
    try {
      return await turn
    } finally {
      queue.length--
      if (queue.length === 0) queues.delete(owner)
    }
  }
}
