import { fail } from '../../core/errors.ts'
import type { Rotate } from '../../core/manifest/manifest.ts'
import type { Clock } from '../../core/ports.ts'
import type { Step } from '../../core/rotate/rotator.ts'
import { secretNamed, type Settings } from '../../core/rotators/settings.ts'
import { integer, shape, text } from '../../core/shape.ts'
import { appToken } from '../../crypto/app-jwt.ts'
import type { Api } from './api.ts'
import { failAt } from './fail-at.ts'

/** What a call is allowed to touch, and what it needs there. */
export interface Reach {
  /** For people: `acme/api`. */
  readonly at: string
  readonly owner: string
  /** Null: the organisation itself. */
  readonly repository: string | null
  /** Permissions of an App that it needs, as GitHub spells them. */
  readonly permissions: Readonly<Record<string, 'write'>>
}

/** Who rotates. */
export interface Login {
  /** A token for calls there. @throws CONFIG, DENIED, UNAVAILABLE */
  token(step: Step, reach: Reach): Promise<string>
}

export const loginSettings = ['endpoint', 'auth', 'app'] as const

/** `auth` alone names a token; with `app: ID` it names the private key of that App. */
export const openLogin = (settings: Settings, rotate: Rotate, api: Api, clock: Clock): Login => {
  const auth = settings.text('auth')
  if (auth === null) {
    throw settings.wrong('auth', 'is missing: nobody says who may do it', 'auth: SECRET names a token of yours')
  }
  const app = appId(rotate)
  if (app === null) return { token: async (step) => secretNamed(settings, 'auth', step, auth).reveal() }
  const known = new Map<string, { readonly token: string; readonly until: number }>()
  return {
    token: async (step, reach) => {
      const key = `${reach.at} ${Object.keys(reach.permissions).join()}`
      const found = known.get(key)
      if (found !== undefined && found.until > clock.now()) return found.token
      const own = appToken(app, secretNamed(settings, 'auth', step, auth), clock.now())
      const token = await installationToken(api, step, reach, own)
      known.set(key, { token, until: clock.now() + halfAnHour })
      return token
    },
  }
}

/** GitHub gives an hour. */
const halfAnHour = 30 * 60_000

/** Its number, or its client id. @throws CONFIG */
export const appId = ({ settings, at }: Rotate): string | null => {
  const given = settings['app'] ?? null
  if (given === null) return null
  const id = typeof given === 'number' ? String(given) : given
  if (typeof id === 'string' && /^[A-Za-z0-9._-]{1,60}$/.test(id)) return id
  throw fail('CONFIG', 'app: must be the id or the client id of a GitHub App', { at })
}

const installation = shape({ id: integer })
const granted = shape({ token: text })

/** Only for this repository, and only what the call needs. */
const installationToken = async (api: Api, step: Step, reach: Reach, own: string): Promise<string> => {
  const { owner, repository, permissions, at } = reach
  const where = repository === null ? `/orgs/${owner}` : `/repos/${owner}/${repository}`
  const call = { token: own, signal: step.signal, at }
  const found = await api.ask({ ...call, path: `${where}/installation` }, installation)
  if (found === null) {
    throw failAt(at, 'CONFIG', 'the App is not installed there', 'install it: on its page, Install App')
  }
  const body = { permissions, ...(repository === null ? {} : { repositories: [repository] }) }
  const path = `/app/installations/${found.value.id}/access_tokens`
  const answer = await api.ask({ ...call, method: 'POST', path, body }, granted)
  if (answer !== null) return answer.value.token
  throw failAt(at, 'CONFLICT', 'the App was removed from there a moment ago')
}
