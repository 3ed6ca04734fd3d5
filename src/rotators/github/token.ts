import { fail, hasCode } from '../../core/errors.ts'
import { patiently } from '../../core/rotate/patiently.ts'
import type { Rotator, Step } from '../../core/rotate/rotator.ts'
import { onlyOrPartOf } from '../../core/rotate/settings.ts'
import type { Secret } from '../../core/secret.ts'
import { shape } from '../../core/shape.ts'
import { askNew } from '../shared/ask-new.ts'
import { handle, nothing } from './api.ts'
import type { ByHandOpening } from './opening.ts'
import { isScope, missingScopes, scopesIn } from './scopes.ts'

export const tokenSettings: readonly string[] = ['token', 'url', 'user', 'scopes', 'revoke', 'endpoint']

const account = shape({ login: handle })

interface Owner {
  readonly login: string
  /** Of a classic token; null where GitHub does not say. */
  readonly scopes: readonly string[] | null
  /** A day; null: never, or GitHub does not say. */
  readonly expires: string | null
}

/** A personal access token: only a person can make one. It must belong to the same account and be allowed as much. The
 *  old one is ended by a person, or by us (`revoke: true`, and in an emergency). */
export const tokenKind = ({ credential, ports, settings, api }: ByHandOpening): Rotator => {
  const secret = onlyOrPartOf(credential, settings, 'token', ['TOKEN'])
  const { user, hint } = credential.rotate
  const url = settings.text('url') ?? `${api.site}/settings/personal-access-tokens`
  const isRevoked = settings.flag('revoke') ?? false
  if (isRevoked && !api.isCloud) {
    throw settings.wrong('revoke', 'only github.com ends tokens that it is sent', 'leave it out: a person does it')
  }
  const demanded = settings.texts('scopes')
  const odd = demanded?.find((one) => !isScope(one))
  if (odd !== undefined) throw settings.wrong('scopes', 'holds what is no scope', 'such as scopes: [repo, read:org]')
  const endsOld = ({ isEmergency }: Pick<Step, 'isEmergency'>): boolean => isRevoked || (isEmergency && api.isCloud)
  const ending = (step: Pick<Step, 'isEmergency'>): string =>
    endsOld(step) ? 'the old one is revoked, for good' : `the old one is ended by you: ${url}`

  /** Null: GitHub refuses it. */
  const ownerOf = async ({ signal }: Step, token: Secret | undefined): Promise<Owner | null> => {
    if (token === undefined) return null
    try {
      const answer = await api.ask({ path: '/user', token: token.reveal(), signal, at: secret }, account)
      if (answer === null) return null
      const { value, headers } = answer
      const [expires = null] = /^\d{4}-\d\d-\d\d/.exec(headers['github-authentication-token-expiration'] ?? '') ?? []
      return { login: value.login, scopes: scopesIn(headers['x-oauth-scopes']), expires }
    } catch (error) {
      if (hasCode(error, 'DENIED')) return null
      throw error
    }
  }
  const revoke = async ({ signal }: Step, token: Secret): Promise<void> => {
    const body = { credentials: [token.reveal()] }
    // as nobody: with a login GitHub refuses it
    await api.ask({ method: 'POST', path: '/credentials/revoke', body, token: null, signal, at: secret }, nothing)
  }
  const refused = (message: string, hint = again(credential.id)): Error => fail('DENIED', message, { at: secret, hint })

  return {
    oldStays: 'both',
    needsPerson: true,
    endsNothing: !isRevoked,
    look: async (held) => {
      const owner = await ownerOf(held, held.values.get(secret))
      const known = held.values.has(secret) ? ['GitHub refuses the one in force'] : []
      const about = owner === null ? known : [`of ${owner.login}`]
      const expires = owner?.expires ? [`expires ${owner.expires}`] : []
      return { note: [...about, ...expires, ending(held)].join(', ') }
    },
    propose: async (held) => {
      const owner = await ownerOf(held, held.values.get(secret))
      const login = user ?? owner?.login
      const whose = login === undefined ? '' : ` as ${login}`
      const values = await askNew(ports, held, {
        id: credential.id,
        names: [secret],
        instructions: [
          ...(hint === null ? [] : [hint]),
          `make a new token${whose} at ${url}, and leave the old one there`,
          `${ending(held)}${endsOld(held) ? '' : ', when every host has the new one'}`,
        ],
        isMultiline: false,
        isTwice: false,
      })
      const scopes = demanded ?? owner?.scopes ?? []
      return {
        values,
        marks: {
          ...(login === undefined ? {} : { login }),
          ...(scopes.length === 0 ? {} : { scopes: scopes.join(' ') }),
        },
      }
    },
    install: async ({ pending, marks }) => ({ values: pending, marks }),
    verify: async (attempt) => {
      const owner = await ownerOf(attempt, attempt.pending.get(secret))
      if (owner === null) throw refused('the new token is refused by GitHub')
      const { login = owner.login, scopes = '' } = attempt.marks
      if (owner.login.toLowerCase() !== login.toLowerCase()) {
        const other = `user: ${owner.login} in its rotate map says that it is to be another account`
        throw refused(`the new token belongs to ${owner.login}, not to ${login}`, `${again(credential.id)}; ${other}`)
      }
      const wanted = scopes === '' ? [] : scopes.split(' ')
      const missing = owner.scopes === null ? [] : missingScopes(wanted, owner.scopes)
      if (missing.length === 0) return
      const fewer = 'scopes: [SCOPE…] in its rotate map says which it is to have'
      throw refused(
        `the new token lacks what the old one may: ${missing.join(', ')}`,
        `${again(credential.id)}; ${fewer}`,
      )
    },
    retire: async (attempt) => {
      const token = attempt.former.get(secret)
      if (!endsOld(attempt) || token === undefined) return
      const isEnded = async (): Promise<boolean> => (await ownerOf(attempt, token)) === null
      if (await isEnded()) return
      await revoke(attempt, token)
      if (await patiently(isEnded, (ended) => ended, { clock: ports.clock, signal: attempt.signal })) return
      throw fail('UNAVAILABLE', 'the old token is still taken by GitHub, which was told to end it', {
        at: secret,
        hint: `lockstep rotate --resume looks again; by hand: ${url}`,
      })
    },
    // what a person gave may be in use elsewhere: it is not ours to end
    withdraw: async () => {},
  }
}

const again = (id: string): string => `make another one and give it: lockstep rotate ${id}`
