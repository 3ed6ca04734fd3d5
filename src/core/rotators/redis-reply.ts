import { fail } from '../errors.ts'
import type { RedisRefusal, RedisReply } from './redis-door.ts'

/** One reply and where the next begins. */
export interface ReadReply {
  readonly reply: RedisReply
  readonly end: number
}

const deepest = 8
const mostItems = 10_000

/** Reads the reply that begins at `at` (RESP 2: https://redis.io/docs/latest/develop/reference/protocol-spec/). Null
 *  while it is not all there. @throws TAMPERED for what is no reply */
export const readRedisReply = (bytes: Uint8Array, at = 0, depth = 0): ReadReply | null => {
  const lineEnd = bytes.indexOf(13, at)
  if (lineEnd < 0 || lineEnd + 2 > bytes.length) return null
  const line = decode(bytes.subarray(at + 1, lineEnd))
  const next = lineEnd + 2
  if (bytes[lineEnd + 1] !== 10 || depth > deepest) throw noReply()
  switch (String.fromCharCode(bytes[at] ?? 0)) {
    case '+':
      return { reply: line, end: next }
    case '-':
      return { reply: refusalOf(line), end: next }
    case ':':
      return { reply: wholeNumber(line), end: next }
    case '$':
      return bulk(bytes, wholeNumber(line), next)
    case '*':
      return items(bytes, wholeNumber(line), next, depth)
    default:
      throw noReply()
  }
}

const bulk = (bytes: Uint8Array, length: number, at: number): ReadReply | null => {
  if (length < 0) return { reply: null, end: at }
  const end = at + length + 2
  return end > bytes.length ? null : { reply: decode(bytes.subarray(at, at + length)), end }
}

const items = (bytes: Uint8Array, count: number, at: number, depth: number): ReadReply | null => {
  if (count < 0) return { reply: null, end: at }
  if (count > mostItems) throw noReply()
  const found: RedisReply[] = []
  let end = at
  for (let i = 0; i < count; i++) {
    const one = readRedisReply(bytes, end, depth + 1)
    if (one === null) return null
    found.push(one.reply)
    end = one.end
  }
  return { reply: found, end }
}

const refusalOf = (line: string): RedisRefusal => ({ refused: /^[A-Z]+/.exec(line)?.[0] ?? 'ERR', text: line })

const wholeNumber = (line: string): number => {
  if (/^-?\d{1,15}$/.test(line)) return Number(line)
  throw noReply()
}

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

const noReply = (): Error => fail('TAMPERED', 'what answers there does not speak as Redis does')

/** A command as it is sent. */
export const redisCommand = (words: readonly (string | Uint8Array)[]): Uint8Array => {
  const encoder = new TextEncoder()
  const parts = words.flatMap((word) => {
    const bytes = typeof word === 'string' ? encoder.encode(word) : word
    return [encoder.encode(`$${bytes.length}\r\n`), bytes, encoder.encode('\r\n')]
  })
  const all = [encoder.encode(`*${words.length}\r\n`), ...parts]
  const whole = new Uint8Array(all.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of all) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
