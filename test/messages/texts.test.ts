import { type Message, renderMessage } from '@countersign/core'
import { describe, expect, it } from 'vitest'
import {
  french,
  german,
  japanese,
  portuguese,
  renderLocalizedMessage,
  spanish,
} from '../../packages/adapters/src/messages/index.js'
import { english } from '../../packages/core/src/message/english.js'
import { emailCode, emailLink, everyMessage, locales, notice, noticeDetails, purposes, smsCode } from './samples.js'

// GSM 03.38, the default alphabet and its extension.
const gsm7 = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\[~\]|€]*$/
const render = (message: Message, locale: string) => renderLocalizedMessage({ ...message, locale })
const singleSmsLocales = locales.filter((locale) => locale !== 'ja')
const languages = [english, german, french, spanish, portuguese, japanese]

describe.each(locales)('the texts in %s', (locale) => {
  it.each(everyMessage)('%s names the issuer, says its language, and is plain text', (_name, message) => {
    const { subject, text, language } = render(message, locale)
    expect(language).toBe(locale)
    expect(text).toContain('Acme')
    expect(subject).toContain('Acme')
    for (const shown of [subject, text]) {
      expect(shown).not.toMatch(/[<>]|undefined|null|NaN|\[object|\s$|^\s| {2}/)
      expect(shown.normalize('NFC')).toBe(shown)
    }
    expect(subject).not.toMatch(/[\p{Cc}]/u)
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}]/u)
  })

  it.each(purposes)('a code to %s holds the code once and its life in minutes', (purpose) => {
    for (const message of [emailCode({ purpose }), smsCode({ purpose })]) {
      const { text } = render(message, locale)
      expect(text.split('482913')).toHaveLength(2)
      expect(text).toMatch(/(?<!\d)10\s?(?:minutes|Minuten|minutos|分)/)
    }
  })

  it('texts of different purposes differ, and a host’s own purpose is named in words', () => {
    for (const make of [emailCode, smsCode]) {
      const texts = purposes.map((purpose) => render(make({ purpose }), locale).text)
      expect(new Set(texts).size).toBe(purposes.length)
      expect(texts.at(-1)).toContain('transfer money')
    }
  })

  it('an email’s subject never holds the code, which mail servers would log', () => {
    for (const purpose of purposes) expect(render(emailCode({ purpose }), locale).subject).not.toContain('482913')
  })

  it('the code and the link each stand in a paragraph of their own', () => {
    expect(render(emailCode(), locale).text.split('\n\n')).toContain('482913')
    const message = emailLink()
    expect(render(message, locale).text.split('\n\n')).toContain(message.link)
  })

  it.each(purposes)('an SMS code to %s holds no link and is one line', (purpose) => {
    const { text } = render(smsCode({ purpose }), locale)
    expect(text).not.toMatch(/https?:|www\.|\w\.\w/)
    expect(text).not.toContain('\n')
  })

  it('every notice says what happened, each its own, and how to repudiate it (N-65)', () => {
    const repudiations = new Set(Object.values(languageOf(locale).ifNotYou).map((say) => say('Acme')))
    const texts = Object.entries(noticeDetails).map(([name, details]) => {
      const { subject, text } = render(notice({ notice: name as keyof typeof noticeDetails, details }), locale)
      const lines = text.split('\n\n')
      expect(lines[0]?.startsWith(subject)).toBe(true)
      expect(repudiations).toContain(lines.at(-1))
      return text
    })
    expect(new Set(texts).size).toBe(texts.length)
  })

  it('a notice shows its details in an email: kind, label, new address, codes left, warnings', () => {
    const text = (message: Message) => render(message, locale).text
    const words = languageOf(locale)
    expect(text(notice({ details: noticeDetails.factor_added }))).toContain(
      `${words.factors.totp}${words.colon}${words.quote('Pixel 9')}`,
    )
    expect(text(notice({ notice: 'contact_changed', details: noticeDetails.contact_changed }))).toContain(
      `${words.factors.email}${words.colon}n***@example.org`,
    )
    expect(text(notice({ notice: 'recovery_code_used', details: { left: 7 } }))).toContain(words.codesLeft(7))
    const warned = text(notice({ notice: 'mfa_enabled', details: noticeDetails.mfa_enabled }))
    expect(warned).toContain(words.warnings['no_recovery_codes'])
    expect(warned).toContain(words.warnings['only_same_channel'])
  })

  it('one is singular, and from two hours on hours are counted', () => {
    const life = (minutes: number) =>
      render(emailLink({ expiresAtMs: emailLink().createdAtMs + minutes * 60_000 }), locale).text
    const words = languageOf(locale)
    expect(life(1)).toContain(words.minutes(1))
    expect(life(119)).toContain(words.minutes(119))
    expect(life(120)).toContain(words.hours(2))
    expect(life(1440)).toContain(words.hours(24))
    if (locale !== 'ja') expect(words.minutes(1).slice(2)).not.toBe(words.minutes(2).slice(2))
  })
})

describe('the length of an SMS', () => {
  it.each(singleSmsLocales.flatMap((locale) => purposes.map((purpose) => [locale, purpose] as const)))(
    'a code in %s to %s fits one message of 160 GSM-7 characters, origin line and all',
    (locale, purpose) => {
      const message = { ...smsCode({ purpose, code: '48291357', issuer: 'Acme Bank' }), locale }
      const { text } = renderLocalizedMessage(message, { host: 'acme.example' })
      expect(text).toMatch(gsm7)
      expect(text.length).toBeLessThanOrEqual(160)
    },
  )

  it.each(purposes)('a code in Japanese to %s fits one message of 70 UCS-2 characters', (purpose) => {
    expect(render(smsCode({ purpose }), 'ja').text.length).toBeLessThanOrEqual(70)
  })
})

describe('the line that binds an SMS code to a host', () => {
  it.each(locales)('in %s it is the last one, of host and code alone (O-1)', (locale) => {
    const { text } = renderLocalizedMessage({ ...smsCode(), locale }, { host: 'login.acme.example' })
    expect(text.split('\n').at(-1)).toBe('@login.acme.example #482913')
  })

  it('stands under no email, link or notice', () => {
    const smsNotice = notice({ channel: 'phone', address: '+4915112345678' })
    for (const message of [emailCode(), emailLink(), smsNotice]) {
      expect(renderMessage(message, { host: 'acme.example' })).toEqual(renderMessage(message))
    }
  })

  it.each(['acme.example', 'xn--bcher-kva.example', 'a.b.c.d.example', 'a-b.example', '1.example'])(
    'takes the domain %s',
    (host) => expect(renderMessage(smsCode(), { host }).text.endsWith(`\n@${host} #482913`)).toBe(true),
  )

  it.each([
    '',
    'localhost',
    'https://acme.example',
    'acme.example:8443',
    'acme.example/',
    'acme..example',
    '.acme.example',
    'acme.example.',
    '-acme.example',
    'acme-.example',
    'bücher.example',
    'acme.example\n@evil.example',
    'acme.example #000000',
    '127.0.0.1',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(124)}example`,
  ])('refuses %j for a host (O-3)', (host) => {
    expect(() => renderMessage(smsCode(), { host })).toThrow(expect.objectContaining({ code: 'invalid_configuration' }))
  })
})

describe('the choice of a language', () => {
  it.each([
    ['de', 'de'],
    ['de-AT', 'de'],
    ['pt-BR', 'pt'],
    ['ja_JP', 'ja'],
    ['FR-ca', 'fr'],
    ['en-GB', 'en'],
    ['nl', 'en'],
    ['', 'en'],
    ['constructor', 'en'],
    ['__proto__', 'en'],
  ])('a message for %j is in %s', (locale, language) => {
    expect(render(emailCode(), locale).language).toBe(language)
  })

  it('without a locale, or for one that nobody speaks, the fallback serves', () => {
    expect(renderLocalizedMessage(emailCode(), { fallback: 'fr' }).language).toBe('fr')
    expect(renderLocalizedMessage({ ...emailCode(), locale: 'nl' }, { fallback: 'de-CH' }).language).toBe('de')
  })

  it('a language of the host’s own stands beside ours, and also in place of one', () => {
    const own = { ...english, language: 'nl', sms: () => 'hallo' }
    expect(renderLocalizedMessage({ ...smsCode(), locale: 'nl-BE' }, { languages: { nl: own } })).toMatchObject({
      language: 'nl',
      text: 'hallo',
    })
    expect(renderLocalizedMessage({ ...smsCode(), locale: 'en' }, { languages: { en: own } }).text).toBe('hallo')
  })

  it('every language has the same words to say', () => {
    const shape = (value: unknown): unknown =>
      typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]))
        : typeof value
    for (const each of languages) expect(shape(each)).toEqual(shape(english))
  })
})

function languageOf(locale: string): typeof english {
  return languages.find(({ language }) => language === locale) as typeof english
}
