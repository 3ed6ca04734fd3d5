import { fail, isCode, type SecretsError } from '../core/errors.ts'
import { hostText, withoutControls } from '../core/host-text.ts'
import type { Shape } from '../core/shape.ts'
import { integer, nullable, oneOf, shape, text } from '../core/shape.ts'
import { connectionLoss } from './connection-loss.ts'
import { canSay } from './known-words.ts'

interface Refused {
  readonly code: string
  readonly message: string
  readonly hint: string | null
}

const refused: Shape<Refused> = shape({ code: text, message: text, hint: nullable(text) })

/** A message of the action plugin about one remote call. */
interface Reply {
  readonly say: 'answer' | 'silent' | 'unreachable'
  readonly reason: string | null
  readonly status: number | null
}

const reply: Shape<Reply> = shape({
  say: oneOf('answer', 'silent', 'unreachable'),
  reason: nullable(text),
  status: nullable(integer),
})

/** Who was asked, and the program that was sent there. */
export interface Asked {
  readonly host: string
  readonly program: Uint8Array
}

/** The receiver's answer out of the plugin's message; whoever is root on the host has a say in every word of it.
 *  @throws what the receiver refused; UNAVAILABLE otherwise */
export const answerOf = (message: unknown, asked: Asked): unknown => {
  const { host } = asked
  if (message === null) throw fail('UNAVAILABLE', 'the connection to the host was lost', { at: host })
  const known = reply(message, host)
  if (known.say === 'unreachable') throw unreachable(known.reason ?? '', host)
  if (known.say === 'silent') throw silent(known.status ?? 0, hostText(known.reason ?? ''), host)
  const answer = memberOf(message, 'answer')
  const no = memberOf(answer, 'refused')
  if (no !== undefined) throw refusal(refused(no, host), asked)
  const ok = memberOf(answer, 'ok')
  if (isDeep(ok, deepest)) throw fail('TAMPERED', 'its answer is nested deeper than any of ours', { at: host })
  return visible(ok, '')
}

const memberOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(key) : undefined

/** Whatever goes through an answer calls itself once for each level. */
const deepest = 64

const isDeep = (value: unknown, left: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (left === 0 || Object.values(value).some((each) => isDeep(each, left - 1)))

/** What is only parsed and compared; paths are quoted where they are printed. */
const exact: readonly string[] = ['ledger', 'body', 'dropIn', 'paths', 'marked', 'places']

/** What is said to people. */
const words: readonly string[] = ['reason', 'error']

const visible = (value: unknown, key: string): unknown => {
  if (exact.includes(key)) return value
  if (typeof value === 'string') return words.includes(key) ? hostText(value) : withoutControls(value)
  if (Array.isArray(value)) return value.map((each) => visible(each, ''))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [withoutControls(name), visible(each, name)]))
}

const refusal = ({ code, message, hint }: Refused, { host, program }: Asked): SecretsError => {
  if (!isCode(code))
    return fail('TAMPERED', `it answers with a code that there is not: ${hostText(code, 40)}`, { at: host })
  const isOurs = hint !== null && canSay(program, hint)
  return fail(code, hostText(message), isOurs ? { at: host, hint } : { at: host })
}

const unreachable = (words: string, host: string): SecretsError => {
  const { code, reason, hint } = connectionLoss(words)
  if (hint !== null) return fail(code, reason, { at: host, hint })
  return fail(code, `cannot be reached: ${reason || 'no reason given'}`, { at: host })
}

const silent = (status: number, reason: string, host: string): SecretsError => {
  if (status === 127 || /python3?: (command )?not found|no such file/i.test(reason)) {
    return fail('CONFIG', 'no Python 3 on this host', { at: host, hint: 'install python3 there (3.6 or newer)' })
  }
  return fail('UNAVAILABLE', `the receiver did not answer: ${reason || `exit status ${status}`}`, { at: host })
}
