/** The fields every message shares. */

import type { Context } from '../decision.js'
import type { Channel, MessageBase } from '../ports/messenger.js'

/** `idempotencyKey` names the message, so that a transport's retry is not a second message (X42). */
export function messageBase(ctx: Context, channel: Channel, address: string, idempotencyKey: string): MessageBase {
  const { userId, tenantId, context } = ctx.user
  return {
    channel,
    address,
    issuer: ctx.issuer,
    userId,
    ...(tenantId !== undefined && { tenantId }),
    ...(context?.locale !== undefined && { locale: context.locale }),
    createdAtMs: ctx.nowMs,
    idempotencyKey,
    ...(context && { context }),
  }
}
