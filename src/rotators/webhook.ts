import { addressProblem } from '../core/alerts/sink.ts'
import { fail, type Code } from '../core/errors.ts'
import { quoteName } from '../core/names.ts'
import type { RotatorKind, Step } from '../core/rotate/rotator.ts'
import type { RotatorPorts } from '../core/rotators/rotator-ports.ts'
import { secretNamed, settingsOf, type Settings } from '../core/rotators/settings.ts'
import { requestJson, type StepAnswer, type StepRequest } from '../core/rotators/step-protocol.ts'
import { signedHeaders } from '../crypto/webhook-signature.ts'
import { answered, askedRotator, askedSettings, largestAnswer, timeoutIn } from './shared/asked-steps.ts'

/** A service of the user's own: each step is a POST that is signed as alerts are. */
export const webhook: RotatorKind = {
  open: (credential, ports) => {
    const settings = settingsOf(credential, ['url', 'key', 'authorization', ...askedSettings])
    const url = addressIn(settings)
    const key = settings.text('key')
    if (key === null) throw settings.wrong('key', 'is missing', 'key: NAME is the secret that requests are signed with')
    const posts = { url, key, authorization: settings.text('authorization'), timeout: timeoutIn(settings), settings }
    const who = quoteName(url.host)
    const ask = (request: StepRequest, step: Step): Promise<StepAnswer> => post(ports, posts, request, step)
    return askedRotator({ credential, settings, note: `asks ${who}`, who, ask })
  },
}

interface Posts {
  readonly url: URL
  readonly key: string
  readonly authorization: string | null
  readonly timeout: number
  readonly settings: Settings
}

const addressIn = (settings: Settings): URL => {
  const given = settings.text('url')
  const example = 'url: https://rotate.example.com/steps'
  if (given === null) throw settings.wrong('url', 'is missing', example)
  const problem = addressProblem(given)
  if (problem !== null) throw settings.wrong('url', problem, example)
  return new URL(given)
}

const post = async (
  { http, clock }: RotatorPorts,
  { url, key, authorization, timeout, settings }: Posts,
  request: StepRequest,
  step: Step,
): Promise<StepAnswer> => {
  const signing = secretNamed(settings, 'key', step, key)
  const account = authorization === null ? null : secretNamed(settings, 'authorization', step, authorization)
  const body = requestJson(request)
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'lockstep',
    ...signedHeaders(signing, clock.now(), body),
    ...(account === null ? {} : { authorization: account.reveal() }),
  }
  const options = { method: 'POST', headers, body, timeout, max: largestAnswer, signal: step.signal }
  const reply = await http.request(url.href, options)
  const who = quoteName(url.host)
  const known = { ...request, secrets: new Map([...request.secrets, [`key ${key}`, signing]]) }
  if (account !== null) known.secrets.set('authorization', account)
  const isFine = reply.status >= 200 && reply.status < 300
  return answered(reply.body, known, who, isFine ? null : refusedWith(reply.status, who, request))
}

const refusedWith = (status: number, who: string, { step, credential: { id } }: StepRequest): Error => {
  const isLater = status >= 500 || status === 429 || status === 408
  const code: Code = isLater ? 'UNAVAILABLE' : status === 401 || status === 403 ? 'DENIED' : 'CONFIG'
  const why = status >= 300 && status < 400 ? ': where it points to is not followed' : ''
  return fail(code, `${who} answered ${status} to ${step}${why}`, { at: id })
}
