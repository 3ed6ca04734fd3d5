import { base64 } from '../base64.ts'
import type { Message } from './alert-texts.ts'
import { bodyOf, subjectOf } from './alert-texts.ts'

/** A message as `sendmail -t` takes it. Nothing in it can begin a header: the subject is one line and encoded where it
 *  is not plain, the body is base64. */
export const emailText = (
  message: Message,
  { to, from, now }: { readonly to: readonly string[]; readonly from: string | null; readonly now: number },
): string =>
  [
    ...(from === null ? [] : [`From: ${from}`]),
    `To: ${to.join(', ')}`,
    `Subject: ${encodedWords(`[lockstep] ${subjectOf(message)}`)}`,
    `Date: ${new Date(now).toUTCString().replace('GMT', '+0000')}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    'Auto-Submitted: auto-generated',
    `X-Lockstep-Alert: ${message.alerts[0]?.id ?? 'none'}`,
    '',
    ...lines(base64(encoder.encode(`${bodyOf(message)}\n`)), 76),
    '',
  ].join('\n')

/** RFC 2047, in words that are short enough. */
const encodedWords = (text: string): string => {
  if (/^[\x20-\x7e]*$/.test(text) && text.length < 500 && !text.includes('=?')) return text
  return chunks(text, 30)
    .map((part) => `=?utf-8?B?${base64(encoder.encode(part))}?=`)
    .join('\n ')
}

/** Whole characters in each. */
const chunks = (text: string, bytes: number): readonly string[] => {
  const found: string[] = ['']
  for (const character of text) {
    const last = found.at(-1) ?? ''
    if (encoder.encode(last + character).length > bytes) found.push(character)
    else found[found.length - 1] = last + character
  }
  return found
}

const encoder = new TextEncoder()

const lines = (text: string, width: number): readonly string[] => text.match(new RegExp(`.{1,${width}}`, 'g')) ?? []
