/** The store's key of a user: length-framed, so that no two pairs of tenant and user meet (X04, M45). */

import { invalidArgument } from '../errors.js'
import { utf8Length } from '../keys/frame.js'
import { isCleanText } from './clean-text.js'

const maxOwnerBytes = 255

/** `"<bytes of tenant>:<tenant><user>"`; `"0:<user>"` without a tenant. At most 255 bytes. */
export function ownerOf(user: { readonly userId: unknown; readonly tenantId?: unknown }): string {
  const { userId, tenantId } = user
  if (!isId(userId)) throw invalidArgument('userId', 'a non-empty string without control characters')
  if (tenantId !== undefined && !isId(tenantId))
    throw invalidArgument('tenantId', 'a non-empty string without control characters')
  const tenant = tenantId ?? ''
  const owner = `${utf8Length(tenant)}:${tenant}${userId}`
  if (utf8Length(owner) > maxOwnerBytes) throw invalidArgument('userId', 'at most 240 bytes together with `tenantId`')
  return owner
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= maxOwnerBytes && isCleanText(value)
}
