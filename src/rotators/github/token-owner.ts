import { hasCode } from '../../core/errors.ts'
import type { Step } from '../../core/rotate/rotator.ts'
import type { Secret } from '../../core/secret.ts'
import { shape } from '../../core/shape.ts'
import { handle, nothing, type Api, type Asked } from './api.ts'
import { scopesIn } from './scopes.ts'

/** Whose a token is. */
export interface Owner {
  readonly login: string
  /** Of a classic token; null where GitHub does not say. */
  readonly scopes: readonly string[] | null
  /** A day; null: never, or GitHub does not say. */
  readonly expires: string | null
}

/** What GitHub is asked about personal access tokens, each by itself. Each call: @throws UNAVAILABLE, CONFIG */
export interface TokenOwners {
  /** Null: GitHub refuses it, for whatever reason, or there is none. */
  of(step: Step, token: Secret | undefined): Promise<Owner | null>
  /** Is it refused as no token at all? One that may do nothing now (its account is suspended, an organisation or somebody
   *  between does not let it) has not ended. */
  isEnded(step: Step, token: Secret): Promise<boolean>
  /** Has GitHub end it, for good and in a while; also one that is ended already. */
  revoke(step: Step, token: Secret): Promise<void>
}

const account = shape({ login: handle })

/** @param at name of the secret, for errors */
export const tokenOwners = (api: Api, at: string): TokenOwners => {
  const asked = (token: Secret, { signal }: Step): Asked => ({ path: '/user', token: token.reveal(), signal, at })
  return {
    of: async (step, token) => {
      if (token === undefined) return null
      try {
        const answer = await api.ask(asked(token, step), account)
        if (answer === null) return null
        const { value, headers } = answer
        const [expires = null] = /^\d{4}-\d\d-\d\d/.exec(headers['github-authentication-token-expiration'] ?? '') ?? []
        return { login: value.login, scopes: scopesIn(headers['x-oauth-scopes']), expires }
      } catch (error) {
        if (hasCode(error, 'DENIED')) return null
        throw error
      }
    },
    isEnded: async (step, token) => !(await api.knows(asked(token, step))),
    revoke: async ({ signal }, token) => {
      const body = { credentials: [token.reveal()] }
      // as nobody: with a login GitHub refuses it
      await api.ask({ method: 'POST', path: '/credentials/revoke', body, token: null, signal, at }, nothing)
    },
  }
}
