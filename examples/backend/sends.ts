/** Limits on messages: to one address, and on all text messages together, since each costs money (SMS pumping). */

import type { AllowSend, Channel } from '@countersign/core'
import type { Attempt, Limit, Limits } from './limits.js'

const addressLimit: Limit = { name: 'message to', perHour: 10 }
const textBudget: Limit = { name: 'text messages', perHour: 200 }

/** Throws 429 when no message may go there now. */
export function takeSend(limits: Limits, channel: Channel, address: string): readonly Attempt[] {
  const attempt = limits.take(addressLimit, address.toLowerCase())
  return channel === 'phone' ? [attempt, limits.take(textBudget, 'all')] : [attempt]
}

/** The same for the library's messages. */
export function sendLimiter(limits: Limits): AllowSend {
  return ({ channel, address }) => {
    try {
      for (const attempt of takeSend(limits, channel, address)) attempt.succeeded()
      return true
    } catch {
      return false
    }
  }
}
