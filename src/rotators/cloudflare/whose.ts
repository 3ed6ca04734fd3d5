import { fail, type SecretsError } from '../../core/errors.ts'
import type { Credential } from '../../core/rotate/credential.ts'
import type { Attempt, Marks, Step, Values } from '../../core/rotate/rotator.ts'
import type { RotatorPorts } from '../../core/rotators/rotator-ports.ts'
import type { Secret } from '../../core/secret.ts'
import type { Tokens } from './tokens.ts'

/** What all steps share. */
export interface Cloudflare {
  readonly credential: Credential
  readonly ports: Pick<RotatorPorts, 'clock' | 'random'>
  /** Name of the secret with the token. */
  readonly name: string
  /** The token that makes others; null: the token replaces itself. @throws CONFIG where it has no value */
  readonly admin: ((step: Step) => Secret) | null
  /** What can be asked with this token. */
  as(token: Secret, step: Step): Tokens
}

/** @throws CONFIG where there is none */
export const tokenIn = ({ name, credential: { rotate, group } }: Cloudflare, values: Values): Secret => {
  const token = values.get(name)
  if (token !== undefined) return token
  throw fail('CONFIG', `${name} has no value yet: what may it do?`, {
    at: rotate.at,
    hint: `make the first one in Cloudflare’s dashboard, then lockstep set ${name} --group ${group}`,
  })
}

/** Asks as the administrator, where there is one, else with the token of these values. @throws CONFIG */
export const asked = (cloudflare: Cloudflare, step: Step, values: Values): Tokens => {
  const { admin } = cloudflare
  return cloudflare.as(admin === null ? tokenIn(cloudflare, values) : admin(step), step)
}

/** What was recorded when the rotation began. `roll`: the old token gets a new value; `second`: another one is made. */
export interface Begun {
  readonly id: string
  readonly how: 'roll' | 'second'
  /** What the name of the second one ends in. */
  readonly ending: string
}

/** @throws CONFLICT where the marks are not ours */
export const begun = ({ credential }: Cloudflare, { marks }: Pick<Attempt, 'marks'>): Begun => {
  const { id, how, tag } = marks
  if (id !== undefined && tag !== undefined && (how === 'roll' || how === 'second')) {
    return { id, how, ending: endingWith(tag) }
  }
  throw fail('CONFLICT', 'nothing is recorded about which token is rotated', { at: credential.id })
}

export const marksOf = (id: string, how: Begun['how'], tag: string): Marks => ({ id, how, tag })

const endingWith = (tag: string): string => ` (lockstep ${tag})`

/** Cloudflare allows 120 letters. */
export const nameWith = (former: string, ending: string): string =>
  `${Array.from(former.replace(/ \(lockstep [0-9a-f]+\)$/, ''))
    .slice(0, 80)
    .join('')}${ending}`

/** The new value, once it is known. */
export const newToken = ({ name }: Cloudflare, { former, pending }: Attempt): Secret | null => {
  const token = pending.get(name)
  if (token === undefined || former.get(name)?.equals(token) === true) return null
  return token
}

export const conflict = ({ credential }: Cloudflare, message: string, hint: string): SecretsError =>
  fail('CONFLICT', message, { at: credential.id, hint })
