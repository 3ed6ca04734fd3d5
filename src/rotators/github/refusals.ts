import { fail, type SecretsError } from '../../core/errors.ts'
import type { HttpReply } from '../../core/ports.ts'
import { list, nullable, parseOrNull, shape, text } from '../../core/shape.ts'

/** What an answer that is neither good nor 404 means to us. Of its text, codes that GitHub documents are told, no more. */
export const refusedBy = (reply: HttpReply, at: string): SecretsError => {
  const { status, headers } = reply
  if (status === 429 || (status === 403 && isLimited(headers))) {
    return fail('UNAVAILABLE', 'too many requests: no more are taken from this login for now', {
      at,
      hint: later(headers),
    })
  }
  if (status >= 500)
    return fail('UNAVAILABLE', `an error at GitHub (${status})`, { at, hint: 'https://www.githubstatus.com' })
  if (status === 401) {
    return fail('DENIED', 'the login is not accepted by GitHub', {
      at,
      hint: 'it was ended, has expired or is not whole; of an App: its id, its key, and the clock of this machine',
    })
  }
  if (status === 403) return fail('DENIED', 'the login may not do this at GitHub', { at, hint: needed(headers) })
  if (status >= 300 && status < 400) {
    return fail('CONFIG', 'it has another name at GitHub', {
      at,
      hint: 'it was renamed or moved: name it as it is now',
    })
  }
  if (status === 409) return fail('CONFLICT', 'somebody else changed it at GitHub at the same time', { at })
  return fail('CONFIG', `not taken by GitHub (${[status, ...codesIn(reply)].join(', ')})`, { at })
}

const isLimited = (headers: HttpReply['headers']): boolean =>
  headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined

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
