import { fail, hasCode } from '../../core/errors.ts'
import type { Rotator, Step } from '../../core/rotate/rotator.ts'
import { onlyOrPartOf } from '../../core/rotators/settings.ts'
import type { Secret } from '../../core/secret.ts'
import { nullable, shape } from '../../core/shape.ts'
import { appKeyFingerprint, appToken } from '../../crypto/app-jwt.ts'
import { askNew } from '../shared/ask-new.ts'
import { handle } from './api.ts'
import { appId } from './login.ts'
import type { ByHandOpening } from './opening.ts'

export const appKeySettings: readonly string[] = ['app', 'private', 'url', 'endpoint']

const app = shape({ slug: nullable(handle) })

/** The private key of a GitHub App: a person makes it on the App's page and ends the old one there, as GitHub has no call
 *  for either. Which is which tells the fingerprint that the page shows. */
export const appKeyKind = ({ credential, ports, settings, api }: ByHandOpening): Rotator => {
  const endings = ['PRIVATE_KEY', 'APP_KEY', 'PRIVATE', 'PEM']
  const secret = onlyOrPartOf(credential, settings, 'private', endings)
  const { hint } = credential.rotate
  const id = appId(credential.rotate)
  if (id === null) throw settings.wrong('app', 'is missing', 'its id or client id, as on the page of the App')
  const url = settings.text('url') ?? `${api.site}/settings/apps`
  /** The page shows fingerprints. */
  const ending = (key: Secret | undefined): string => {
    const fingerprint = fingerprintIn(key)
    return `the old one${fingerprint === null ? '' : ` (${fingerprint})`} is ended by you: ${url}`
  }

  const slugOf = async ({ signal }: Step, key: Secret): Promise<string | null> => {
    const token = appToken(id, key, ports.clock.now())
    const answer = await api.ask({ path: '/app', token, signal, at: secret }, app)
    if (answer !== null) return answer.value.slug
    throw fail('CONFIG', `there is no GitHub App ${id}`, { at: credential.rotate.at })
  }
  const known = async (step: Step, key: Secret): Promise<string> => {
    // that GitHub refuses it may be why it is rotated
    if (appKeyFingerprint(key) === null) return 'the one in force is no key'
    try {
      return `App ${(await slugOf(step, key)) ?? id}`
    } catch (error) {
      if (hasCode(error, 'DENIED')) return 'GitHub refuses the one in force'
      throw error
    }
  }

  return {
    oldStays: 'both',
    needsPerson: true,
    endsNothing: true,
    look: async (held) => {
      const key = held.values.get(secret)
      if (key === undefined) return { note: ending(key) }
      return { note: `${await known(held, key)}, ${ending(key)}` }
    },
    propose: async (held) => {
      const values = await askNew(ports, held, {
        id: credential.id,
        names: [secret],
        instructions: [
          ...(hint === null ? [] : [hint]),
          `make a new private key of App ${id} at ${url}, and leave the old one there`,
          `${ending(held.values.get(secret))}, when every host has the new one`,
          'give the whole .pem file, then an empty line',
        ],
        isMultiline: true,
        isTwice: false,
      })
      const [former, next] = [held.values, values].map((one) => fingerprintIn(one.get(secret)))
      const hintOf = 'the whole .pem file as GitHub gave it'
      if (next === null) throw fail('USAGE', 'that is no private key of a GitHub App', { hint: hintOf })
      // the same key may be written in another way
      if (next === former) throw fail('USAGE', 'that is the key in force', { hint: 'make a new one first' })
      return { values, marks: {} }
    },
    install: async ({ pending, marks }) => ({ values: pending, marks }),
    verify: async (attempt) => {
      const key = attempt.pending.get(secret)
      if (key !== undefined) await slugOf(attempt, key)
    },
    // GitHub has no call that ends one
    retire: async () => {},
    withdraw: async () => {},
  }
}

const fingerprintIn = (key: Secret | undefined): string | null => (key === undefined ? null : appKeyFingerprint(key))
