/** What takes the place of every text a messenger would send. */

import type { Message, RenderedMessage } from '@countersign/core'

/** Writes the words of a message. */
export type Render = (message: Message) => RenderedMessage
