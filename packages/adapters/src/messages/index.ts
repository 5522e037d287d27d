/** The words of messages in six languages, routing by channel, and what every messenger shares. */

export { DeliveryError, isDeliveryError } from './delivery-error.js'
export { french } from './french.js'
export { german } from './german.js'
export { japanese } from './japanese.js'
export { portuguese } from './portuguese.js'
export { type LocalizedOptions, renderLocalizedMessage } from './render.js'
export { routeMessages } from './route.js'
export { spanish } from './spanish.js'
export type { Render } from './texts.js'
