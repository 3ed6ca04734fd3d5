import { codes, fail } from '../core/errors.ts'
import type { Code, SecretsError } from '../core/errors.ts'
import type { Shape } from '../core/shape.ts'
import { integer, nullable, oneOf, shape, text } from '../core/shape.ts'

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

/** The receiver's answer out of the plugin's message. @throws what the receiver refused; UNAVAILABLE otherwise */
export const answerOf = (message: unknown, host: string): unknown => {
  if (message === null) throw fail('UNAVAILABLE', 'the connection to the host was lost', { at: host })
  const known = reply(message, host)
  if (known.say === 'unreachable') throw unreachable(known.reason ?? '', host)
  if (known.say === 'silent') throw silent(known.status ?? 0, known.reason ?? '', host)
  const answer = memberOf(message, 'answer')
  const no = memberOf(answer, 'refused')
  if (no !== undefined) throw refusal(refused(no, host), host)
  return memberOf(answer, 'ok')
}

const memberOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(key) : undefined

const refusal = (no: Refused, host: string): SecretsError => {
  const code = isCode(no.code) ? no.code : 'INTERNAL'
  const details = no.hint === null ? { at: host } : { at: host, hint: no.hint }
  return fail(code, no.message, details)
}

const isCode = (code: string): code is Code => code in codes

const unreachable = (reason: string, host: string): SecretsError => {
  if (/host key|identification has changed/i.test(reason)) {
    return fail('UNSAFE', 'the host key is not the one in known_hosts: nothing was sent', {
      at: host,
      hint: 'if the host was re-installed, remove its old key with ssh-keygen -R and check the new one by another way',
    })
  }
  return fail('UNAVAILABLE', `cannot be reached: ${reason || 'no reason given'}`, { at: host })
}

const silent = (status: number, reason: string, host: string): SecretsError => {
  if (status === 127 || /python3?: (command )?not found|no such file/i.test(reason)) {
    return fail('CONFIG', 'no Python 3 on this host', { at: host, hint: 'install python3 there (3.6 or newer)' })
  }
  return fail('UNAVAILABLE', `the receiver did not answer: ${reason || `exit status ${status}`}`, { at: host })
}
