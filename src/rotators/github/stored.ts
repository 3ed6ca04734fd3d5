import { base64 } from '../../core/base64.ts'
import { fail } from '../../core/errors.ts'
import type { Clock } from '../../core/ports.ts'
import type { Step } from '../../core/rotate/rotator.ts'
import type { Secret } from '../../core/secret.ts'
import { integer, list, nullable, oneOf, shape, text, type Shape } from '../../core/shape.ts'
import { sealedBox } from '../../crypto/sealed-box.ts'
import { moment, nothing, type Api, type Asked } from './api.ts'
import { failAt } from './fail-at.ts'
import type { Login } from './login.ts'
import type { Target } from './target.ts'

/** A secret as GitHub shows it: never its value. */
export interface Facts {
  readonly updated: string
  /** Of an organisation: who may read it. */
  readonly visibility: 'all' | 'private' | 'selected' | null
  /** Milliseconds by GitHub's own clock, when it said so. */
  readonly now: number
}

/** The secrets of one name at GitHub. Each call: @throws DENIED, UNAVAILABLE, CONFIG, CONFLICT */
export interface Stored {
  /** Null: there is none of this name there, or nobody may know. */
  find(step: Step, target: Target): Promise<Facts | null>
  /** May this login write there? Asks for the public key that is needed for it. */
  reach(step: Step, target: Target): Promise<void>
  /** Puts this value there, over whatever there is. Gives when GitHub says that it was changed. */
  push(step: Step, target: Target, value: Secret): Promise<string>
  remove(step: Step, target: Target): Promise<void>
}

interface Found {
  readonly updated_at: string
  readonly visibility: Facts['visibility']
}

const found = shape<Found>({ updated_at: moment, visibility: nullable(oneOf('all', 'private', 'selected')) })

const keyBytes: Shape<Uint8Array> = (value, at) => {
  const coded = text(value, at)
  if (/^[A-Za-z0-9+/]{43}=$/.test(coded)) return Uint8Array.from(atob(coded), (one) => one.charCodeAt(0))
  throw fail('TAMPERED', 'expected a public key', { at })
}
const keyId: Shape<string> = (value, at) => {
  const id = text(value, at)
  if (/^[A-Za-z0-9_-]{1,100}$/.test(id)) return id
  throw fail('TAMPERED', 'expected the id of a key', { at })
}
const publicKey = shape({ key: keyBytes, key_id: keyId })
const selected = shape({ repositories: list(shape({ id: integer })) })

export const storedAs = (name: string, api: Api, login: Login, clock: Clock): Stored => {
  const call = async (step: Step, target: Target, tail: string): Promise<Asked> => ({
    path: `${target.path}/${tail}`,
    token: await login.token(step, target),
    signal: step.signal,
    at: target.at,
  })
  const find: Stored['find'] = async (step, target) => {
    const answer = await api.ask(await call(step, target, name), found)
    if (answer === null) return null
    const { updated_at: updated, visibility } = answer.value
    return { updated, visibility, now: Date.parse(answer.headers['date'] ?? '') }
  }
  const keyOf = async (step: Step, target: Target): Promise<{ readonly key: Uint8Array; readonly key_id: string }> => {
    const answer = await api.ask(await call(step, target, 'public-key'), publicKey)
    if (answer !== null) return answer.value
    throw noPlace(target)
  }
  /** Who may read it stays as it is: GitHub wants to hear it with each write. */
  const readers = async (step: Step, target: Target, before: Facts | null): Promise<object> => {
    if (target.repository !== null) return {}
    if (before === null || before.visibility === null) throw noReaders(name, target)
    if (before.visibility !== 'selected') return { visibility: before.visibility }
    const asked = await call(step, target, `${name}/repositories`)
    const ids = await api.all(asked, (value, at) => selected(value, at).repositories.map(({ id }) => id))
    return { visibility: 'selected', selected_repository_ids: ids ?? [] }
  }
  const watched = (step: Step, target: Target): Watched => ({
    look: () => find(step, target),
    clock,
    signal: step.signal,
    at: target.at,
  })
  return {
    find,
    reach: async (step, target) => {
      await keyOf(step, target)
      await readers(step, target, await find(step, target))
    },
    push: async (step, target, value) => {
      const before = await aged(watched(step, target))
      const more = await readers(step, target, before)
      const { key, key_id } = await keyOf(step, target)
      const body = { encrypted_value: base64(sealedBox(value.bytes(), key)), key_id, ...more }
      const answer = await api.ask({ ...(await call(step, target, name)), method: 'PUT', body }, nothing)
      if (answer === null)
        throw failAt(target.at, 'CONFLICT', 'the place was there at GitHub a moment ago and is not now')
      return settled(watched(step, target), before)
    },
    // 404: it is gone already
    remove: async (step, target) =>
      void (await api.ask({ ...(await call(step, target, name)), method: 'DELETE' }, nothing)),
  }
}

const noPlace = ({ at }: Target): Error =>
  failAt(
    at,
    'CONFIG',
    'there is no such place at GitHub, or the login may not see it',
    'is its name right? may the login write secrets there (docs/rotators.md)?',
  )

const noReaders = (name: string, { at, owner }: Target): Error =>
  failAt(
    at,
    'CONFIG',
    `there is no secret ${name}, and who may read a new one is not for us to choose`,
    `make it once: gh secret set ${name} --org ${owner} --visibility selected --repos REPOSITORY`,
  )

/** One secret at one place, which is looked at again and again. */
interface Watched {
  readonly look: () => Promise<Facts | null>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** For errors. */
  readonly at: string
}

/** How often it is looked at, a second apart. */
const looks = 10

/** When it was changed, once it is shown that it was. @throws UNAVAILABLE */
const settled = async ({ look, clock, signal, at }: Watched, before: Facts | null): Promise<string> => {
  for (let times = 0; times < looks; times++) {
    if (times > 0) await clock.sleep(1000, signal)
    const now = await look()
    if (now !== null && now.updated !== before?.updated) return now.updated
  }
  throw failAt(at, 'UNAVAILABLE', 'the secret was taken by GitHub and is not shown yet')
}

/** Times are told in seconds: a write in the second of the one before could not be told from it. @throws CONFLICT */
const aged = async ({ look, clock, signal, at }: Watched): Promise<Facts | null> => {
  for (let times = 0; times < looks; times++) {
    const before = await look()
    if (before === null || !(before.now - Date.parse(before.updated) < 1000)) return before
    await clock.sleep(1000, signal)
  }
  throw failAt(at, 'CONFLICT', 'somebody else keeps writing this secret')
}
