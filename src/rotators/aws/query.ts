import { fail, type SecretsError } from '../../core/errors.ts'
import type { RotatorPorts } from '../../core/rotators/rotator-ports.ts'
import { encoded, signed, type AccessKey } from '../../crypto/aws-signature.ts'
import type { Place, Places } from './places.ts'

/** AWS's query protocol, as IAM and STS speak it: a form goes, XML comes (docs.aws.amazon.com/IAM/latest/APIReference). */
export interface Question {
  readonly service: keyof Places
  readonly action: string
  readonly parameters?: Readonly<Record<string, string>>
  readonly key: AccessKey
  readonly signal: AbortSignal
}

/** Upstream's no, by its own code: `AccessDenied`, `LimitExceeded`; `unknown` where it gave none. */
export interface Refusal {
  readonly action: string
  readonly host: string
  readonly status: number
  readonly code: string
}

export type Answer =
  | { readonly xml: string; readonly refused: null }
  | { readonly xml: null; readonly refused: Refusal }

export type Ask = (question: Question) => Promise<Answer>

const versions = { iam: '2010-05-08', sts: '2011-06-15' } as const
const timeout = 8_000
const max = 256 * 1024

/** One exchange. @throws UNAVAILABLE where there is no answer, and where upstream says that it cannot give one now */
export const asking =
  ({ http, clock }: Pick<RotatorPorts, 'http' | 'clock'>, places: Places): Ask =>
  async ({ service, action, parameters = {}, key, signal }) => {
    const { url, region } = places[service]
    const form = Object.entries({ Action: action, Version: versions[service], ...parameters })
    const body = form.map(([name, value]) => `${name}=${encoded(value)}`).join('&')
    const headers = signed(key, {
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body,
      region,
      service,
      at: clock.now(),
    })
    const reply = await http.request(url.href, { method: 'POST', headers, body, timeout, max, signal })
    const xml = new TextDecoder().decode(reply.body)
    if (reply.status === 200) return { xml, refused: null }
    const code = textIn(xml, 'Code', /^[A-Za-z][A-Za-z.]{0,63}$/) ?? 'unknown'
    const refused = { action, host: url.host, status: reply.status, code }
    if (reply.status >= 500 || reply.status === 429 || /Throttl|RequestLimitExceeded|TooManyRequests/.test(code)) {
      throw fail('UNAVAILABLE', `${url.host} could not answer ${action} (${reply.status} ${code})`, { at: url.host })
    }
    return { xml: null, refused }
  }

/** The text of the first element of this name; null where there is none, or another text than the pattern allows. */
export const textIn = (xml: string, name: string, pattern: RegExp): string | null => {
  const text = new RegExp(`<${name}>([^<>]*)</${name}>`).exec(xml)?.[1]?.trim()
  return text !== undefined && pattern.test(text) ? text : null
}

const reasons: Readonly<Record<string, string>> = {
  InvalidClientTokenId: 'AWS does not know the access key, or it is inactive',
  SignatureDoesNotMatch: 'the id and the secret of the access key do not belong together',
  RequestExpired: 'the clock of this machine is wrong',
  AccessDenied: 'allow it: docs/rotators.md lists what the rotator aws-iam needs',
  NoSuchEntity: '`user` names a user that this account does not have',
}

/** What is told of a refusal. */
export const refusedWith = ({ action, host, status, code }: Refusal): SecretsError => {
  const hint = reasons[code]
  const said = `${action} (${status} ${code})`
  const more = { at: host, ...(hint === undefined ? {} : { hint }) }
  if (status === 401 || status === 403 || code === 'RequestExpired')
    return fail('DENIED', `${host} refused ${said}`, more)
  if (code === 'NoSuchEntity') return fail('CONFIG', `${host} does not find what ${said} is about`, more)
  if (status === 409) return fail('CONFLICT', `${host} cannot do ${said} now`, more)
  return fail('CONFIG', `${host} cannot do ${said}`, more)
}

/** The XML of an answer. @throws what refusedWith makes of a refusal */
export const granted = (answer: Answer): string => {
  if (answer.refused !== null) throw refusedWith(answer.refused)
  return answer.xml
}

/** @throws TAMPERED: an answer without what every answer of its kind has */
export const must = <T>(found: T | null, action: string, { url }: Place): T => {
  if (found !== null) return found
  throw fail('TAMPERED', `${url.host} answered ${action} with something else`, {
    at: url.host,
    hint: 'is it AWS that answers there? see the setting endpoint',
  })
}
