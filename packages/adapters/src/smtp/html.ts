/** An email's HTML, made from its plain text: every value is text, and nothing is loaded from anywhere (X31). */

import type { Message, RenderedMessage } from '@countersign/core'

const page = 'margin:0;padding:24px 12px;background:#f4f4f5;'
const card =
  'max-width:480px;margin:0 auto;padding:28px;background:#ffffff;color:#18181b;border:1px solid #e4e4e7;border-radius:12px;' +
  'font:16px/1.5 -apple-system,BlinkMacSystemFont,Segoe UI,Roboto,Helvetica,Arial,sans-serif;'
const paragraph = 'margin:0 0 16px;overflow-wrap:anywhere;'
const codeBox =
  'margin:0 0 16px;padding:14px;background:#f4f4f5;color:#18181b;border-radius:8px;text-align:center;' +
  'font:700 30px/1.2 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;letter-spacing:5px;'

/** Paragraphs of the text, with the code set large and the link made one that opens. */
export function renderHtml(message: Message, { subject, text, language }: RenderedMessage): string {
  const body = text
    .split(/\n{2,}/)
    .map((part) => renderPart(message, part))
    .join('\n')
  const lang = language === undefined ? '' : ` lang="${escapeHtml(language)}"`
  return [
    '<!doctype html>',
    `<html${lang}>`,
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light">',
    `<title>${escapeHtml(subject)}</title>`,
    '</head>',
    `<body style="${page}">`,
    // Once more here: a mail client on the web shows the body in a page of its own.
    `<div${lang} style="${card}">`,
    body,
    '</div>',
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

function renderPart(message: Message, part: string): string {
  const shown = escapeHtml(part)
  if (message.kind === 'code' && part === message.code) return `<p style="${codeBox}">${shown}</p>`
  if (message.kind === 'link' && part === message.link && /^https?:\/\//i.test(part)) {
    return `<p style="${paragraph}"><a href="${shown}" style="color:#1d4ed8;">${shown}</a></p>`
  }
  return `<p style="${paragraph}">${shown.replaceAll('\n', '<br>')}</p>`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string)
}
