import type { Code, SecretsError } from '../../core/errors.ts'
import type { HttpReply } from '../../core/ports.ts'
import { list, nullable, parseOrNull, shape, text } from '../../core/shape.ts'
import { failAt } from './fail-at.ts'

/** What an answer that is neither good nor 404 means to us. Of its text, codes that GitHub documents are told, no more. */
export const refusedBy = (reply: HttpReply, at: string): SecretsError => {
  const { status, headers } = reply
  const refused = (code: Code, message: string, hint?: string): SecretsError => failAt(at, code, message, hint)
  if (status === 429 || (status === 403 && isLimited(reply))) {
    const message = 'too many requests: no more are taken from this login for now'
    return refused('UNAVAILABLE', message, later(headers))
  }
  if (status >= 500) return refused('UNAVAILABLE', `an error at GitHub (${status})`, 'https://www.githubstatus.com')
  if (status === 401) {
    const hint = 'it was ended, has expired or is not whole; of an App: its id, its key, and the clock of this machine'
    return refused('DENIED', 'the login is not accepted by GitHub', hint)
  }
  if (status === 403) return refused('DENIED', 'the login may not do this at GitHub', needed(headers))
  if (status >= 300 && status < 400) {
    return refused('CONFIG', 'it has another name at GitHub', 'it was renamed or moved: name it as it is now')
  }
  if (status === 409) return refused('CONFLICT', 'somebody else changed it at GitHub at the same time')
  return refused('CONFIG', `not taken by GitHub (${[status, ...codesIn(reply)].join(', ')})`)
}

/** The second one of GitHub's limits may be told in words alone. */
const isLimited = ({ headers, body }: HttpReply): boolean =>
  headers['x-ratelimit-remaining'] === '0' ||
  headers['retry-after'] !== undefined ||
  /\brate limit\b/i.test(parseOrNull(new TextDecoder().decode(body), worded)?.message ?? '')

const worded = shape({ message: nullable(text) })

const later = (headers: HttpReply['headers']): string => {
  const after = headers['retry-after'] ?? ''
  return /^[0-9]{1,6}$/.test(after) ? `try again in ${after} s` : 'try again later'
}

/** Which permission was missing is said in a header. */
const needed = (headers: HttpReply['headers']): string => {
  const said = headers['x-accepted-github-permissions'] ?? ''
  return /^[a-z_]+=[a-z]+(?:[,; ]+[a-z_]+=[a-z]+){0,9}$/.test(said)
    ? `it needs the permission ${said}`
    : 'look which permissions the login has: docs/rotators.md lists what is needed'
}

const described = shape({ errors: nullable(list(shape({ field: nullable(text), code: nullable(text) }))) })

const codesIn = ({ body }: HttpReply): readonly string[] => {
  const errors = parseOrNull(new TextDecoder().decode(body), described)?.errors ?? []
  const said = errors.map(({ field, code }) => [field, code].filter((one) => one !== null).join(' '))
  return said.filter((one) => /^[a-z_]{1,40}(?: [a-z_]{1,40})?$/.test(one)).slice(0, 3)
}
