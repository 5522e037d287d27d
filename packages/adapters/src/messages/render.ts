/** Messages in the language of the person they go to. */

import {
  type Message,
  type MessageTexts,
  type RenderedMessage,
  type RenderOptions,
  renderMessage,
} from '@countersign/core'
import { french } from './french.js'
import { german } from './german.js'
import { japanese } from './japanese.js'
import { portuguese } from './portuguese.js'
import { spanish } from './spanish.js'

/** Options of `renderLocalizedMessage`. */
export interface LocalizedOptions {
  /** Languages by their primary subtag, beside or instead of ours: `{ nl: dutch }`. */
  readonly languages?: Readonly<Record<string, MessageTexts>>
  /** The locale of a message without one, or with one that nobody speaks. Default: `en`. */
  readonly fallback?: string
  /** The domain that asks for codes: as in the core's `renderMessage`. */
  readonly host?: string
}

const ours: Readonly<Record<string, MessageTexts>> = {
  de: german,
  es: spanish,
  fr: french,
  ja: japanese,
  pt: portuguese,
}

/** Renders in the language of `message.locale` (BCP 47; its primary subtag decides), else in the fallback. */
export function renderLocalizedMessage(message: Message, options: LocalizedOptions = {}): RenderedMessage {
  const { languages = {}, fallback = 'en', host } = options
  const spoken = { ...ours, ...languages }
  const language = [message.locale, fallback]
    .map(primarySubtagOf)
    .find((tag) => tag === 'en' || Object.hasOwn(spoken, tag))
  const texts = language === undefined ? undefined : spoken[language]
  const given: RenderOptions = { ...(texts && { texts }), ...(host !== undefined && { host }) }
  return renderMessage(message, given)
}

function primarySubtagOf(locale: string | undefined): string {
  return (locale ?? '').split(/[-_]/, 1)[0]?.toLowerCase() ?? ''
}
