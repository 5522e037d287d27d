/** The shape of a language's words, and of what core's renderer takes. */

import type { Message, RenderedMessage, renderMessage } from '@countersign/core'

/** What `renderMessage` of the core takes beside the message. */
export type RenderOptions = NonNullable<Parameters<typeof renderMessage>[1]>

/** The words of one language. Write your own to speak a language that is not here. */
export type MessageTexts = NonNullable<RenderOptions['texts']>

/** Writes the words of a message; takes the place of every text a messenger would send. */
export type Render = (message: Message) => RenderedMessage
