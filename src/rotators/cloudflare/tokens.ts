import { canonical, type Canonical } from '../../core/canonical.ts'
import { fail } from '../../core/errors.ts'
import { Secret } from '../../core/secret.ts'
import { list, nullable, oneOf, shape, text, type Shape } from '../../core/shape.ts'
import { granted, refusedWith, type Answer, type Ask } from './ask.ts'

/** What a token may do, and from where: what a second one has to have as well. */
export interface Rights {
  readonly policies: readonly Policy[]
  /** Null: none. */
  readonly condition: Canonical | null
}

export interface Policy {
  readonly effect: 'allow' | 'deny'
  readonly resources: Canonical
  readonly permission_groups: readonly { readonly id: string; readonly name: string | null }[]
}

/** As Cloudflare tells of it: never with its value. Times as it writes them. */
export interface Token extends Rights {
  readonly id: string
  readonly name: string
  readonly issued_on: string | null
  readonly expires_on: string | null
  readonly last_used_on: string | null
}

export interface Wanted extends Rights {
  readonly name: string
  readonly expires_on: string | null
}

export interface Standing {
  readonly id: string
  readonly status: 'active' | 'disabled' | 'expired'
}

/** What is asked about API tokens, of one account or of one user. */
export interface Tokens {
  /** Which token is it that asks? */
  verify(): Promise<Answer<Standing>>
  get(id: string): Promise<Answer<Token>>
  /** All whose name ends so. */
  listNamed(ending: string): Promise<readonly Pick<Token, 'id' | 'last_used_on'>[]>
  create(wanted: Wanted): Promise<{ readonly id: string; readonly value: Secret }>
  /** Gives the token another value: the one it had is void at once. */
  roll(id: string): Promise<Secret>
  /** One that is gone is fine. */
  remove(id: string): Promise<void>
}

const id: Shape<string> = (value, at) => matching(value, at, /^[0-9a-f]{32}$/)
const time: Shape<string> = (value, at) => matching(value, at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
const value: Shape<string> = (given, at) => matching(given, at, /^[\w-]{20,256}$/)

const matching = (given: unknown, at: string, pattern: RegExp): string => {
  const found = text(given, at)
  if (pattern.test(found)) return found
  throw fail('TAMPERED', 'expected another text', { at })
}

/** Anything, as it came; what is null is as good as absent. */
const anything: Shape<Canonical> = (given, at) => {
  if (typeof given === 'string' || typeof given === 'boolean' || Number.isSafeInteger(given)) return simple(given)
  if (Array.isArray(given)) return given.map((one) => anything(one, at))
  if (typeof given !== 'object' || given === null) throw fail('TAMPERED', 'expected something else', { at })
  const members = Object.entries(given).filter(([, one]) => one !== null)
  return Object.fromEntries(members.map(([name, one]) => [name, anything(one, at)]))
}

const simple = (given: unknown): Canonical =>
  typeof given === 'string' || typeof given === 'number' ? given : given === true

const policy: Shape<Policy> = shape({
  effect: oneOf('allow', 'deny'),
  resources: anything,
  permission_groups: list(shape({ id: text, name: nullable(text) })),
})
const token: Shape<Token> = shape({
  id,
  name: text,
  issued_on: nullable(time),
  expires_on: nullable(time),
  last_used_on: nullable(time),
  policies: list(policy),
  condition: nullable(anything),
})
const listed = list(shape({ id, name: nullable(text), last_used_on: nullable(time) }))
const standing: Shape<Standing> = shape({ id, status: oneOf('active', 'disabled', 'expired') })
const anyResult: Shape<null> = () => null

/** Of fifty tokens each. */
const mostPages = 100

/** @param place `/user`, or `/accounts/ID` */
export const tokensAt = (ask: Ask, place: string): Tokens => {
  const path = `${place}/tokens`
  return {
    verify: () => ask({ what: 'verify the token', path: `${path}/verify`, result: standing }),
    get: (one) => ask({ what: 'show a token', path: `${path}/${one}`, result: token }),
    listNamed: async (ending) => {
      const found = new Map<
        string,
        Awaited<ReturnType<Tokens['listNamed']>>[number] & { readonly name: string | null }
      >()
      for (let page = 1; page <= mostPages; page++) {
        const query = `?page=${page}&per_page=50`
        const more = granted(await ask({ what: 'list the tokens', path: `${path}${query}`, result: listed }))
        const before = found.size
        for (const one of more) found.set(one.id, one)
        // how many pages there are is told by the first that brings nothing new
        if (found.size === before) return [...found.values()].filter(({ name }) => name?.endsWith(ending) === true)
      }
      throw fail('CONFLICT', 'more tokens are listed by Cloudflare than are read', {
        hint: 'delete those that nobody needs, in Cloudflare’s dashboard',
      })
    },
    create: async (wanted) => {
      const body = {
        ...sent(wanted),
        name: wanted.name,
        ...(wanted.expires_on === null ? {} : { expires_on: wanted.expires_on }),
      }
      const result = shape({ id, value })
      const made = granted(await ask({ what: 'create a token', method: 'POST', path, body, result }))
      return { id: made.id, value: new Secret(made.value) }
    },
    roll: async (one) => {
      const question = { what: 'roll the token', method: 'PUT', path: `${path}/${one}/value`, body: {}, result: value }
      return new Secret(granted(await ask(question)))
    },
    remove: async (one) => {
      const { refused } = await ask({
        what: 'delete a token',
        method: 'DELETE',
        path: `${path}/${one}`,
        result: anyResult,
      })
      if (refused !== null && refused.status !== 404) throw refusedWith(refused)
    },
  }
}

/** Only what can be asked for: Cloudflare gives policies ids of its own. */
const sent = ({ policies, condition }: Rights): Readonly<Record<string, Canonical>> => ({
  policies: policies.map(({ effect, resources, permission_groups: groups }) => ({
    effect,
    resources,
    permission_groups: groups.map((group) => ({ id: group.id })),
  })),
  ...(condition === null ? {} : { condition }),
})

/** May both do exactly the same? */
export const haveSameRights = (a: Rights, b: Rights): boolean => inOrder(a) === inOrder(b)

const inOrder = ({ policies, condition }: Rights): string =>
  canonical([
    condition ?? {},
    ...policies
      .map(({ effect, resources, permission_groups: groups }) =>
        canonical([effect, resources, groups.map((group) => group.id).toSorted()]),
      )
      .toSorted(),
  ])
