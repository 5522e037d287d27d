/** What a session list says about a client, guessed from its User-Agent header. For people to read; decides nothing. */

export interface ClientInfo {
  readonly clientName: string
  readonly clientVersion: string
  readonly osName: string
  readonly deviceName: string
}

const clients: readonly (readonly [string, RegExp])[] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\/(\d{1,4})/],
  ['Opera', /\bOPR\/(\d{1,4})/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/(\d{1,4})/],
  ['Chrome', /\b(?:Chrome|HeadlessChrome|CriOS)\/(\d{1,4})/],
  ['Safari', /\bVersion\/(\d{1,4})[\d.]{0,12} (?:Mobile\/\S{1,20} )?Safari\//],
]

const systems: readonly (readonly [string, RegExp])[] = [
  ['iOS', /\b(?:iPhone|iPad|iPod)\b/],
  ['Android', /\bAndroid\b/],
  ['Windows', /\bWindows\b/],
  ['Mac', /\bMacintosh\b/],
  ['GNU/Linux', /\bLinux\b/],
]

export function readClientInfo(userAgent: string): ClientInfo {
  const text = userAgent.slice(0, 400)
  const client = clients.find(([, pattern]) => pattern.test(text))
  const osName = systems.find(([, pattern]) => pattern.test(text))?.[0] ?? ''
  const isMobile = osName === 'iOS' || osName === 'Android'
  return {
    clientName: client?.[0] ?? '',
    clientVersion: client?.[1].exec(text)?.[1] ?? '',
    osName,
    deviceName: isMobile ? 'smartphone' : osName === '' ? '' : 'desktop',
  }
}
