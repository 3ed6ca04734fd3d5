import { fail, type SecretsError } from '../errors.ts'
import type { ProjectSecret } from '../fleet/desired.ts'
import { shellWord } from '../host-text.ts'
import { groupOfSecret, type Manifest } from '../manifest/manifest.ts'
import { few, quoteName } from '../names.ts'
import { dueState } from '../secrets/due.ts'
import { didYouMean } from '../suggest.ts'
import type { Credential } from './credential.ts'

export interface Wish {
  /** Names of secrets, of groups, or ids of credentials; empty: all. */
  readonly names: readonly string[]
  /** Hosts that --hosts names; null: no such limit. */
  readonly hosts: readonly string[] | null
  /** Only what is past its `every`. */
  readonly due: boolean
  /** Ids of the only credentials that are meant; null: no such limit. */
  readonly only?: ReadonlySet<string> | null
}

export interface Candidate {
  readonly credential: Credential
  /** Hosts that are given it. */
  readonly hosts: readonly string[]
  /** Milliseconds since the oldest of its values was set; null: it has none. */
  readonly age: number | null
  readonly state: 'fresh' | 'due' | 'overdue' | 'missing'
}

/** One of the two lists: to be rotated, or left alone and why. */
export interface Choice {
  readonly chosen: readonly Candidate[]
  readonly left: readonly (Candidate & { readonly why: string })[]
}

/** `now` in milliseconds. */
export const candidate = (
  credential: Credential,
  secrets: readonly ProjectSecret[],
  hosts: readonly string[],
  now: number,
): Candidate => {
  const own = secrets.filter((one) => isPartOf(credential, one))
  const oldest = Math.min(...own.map((one) => Date.parse(one.set)))
  const age = own.length === 0 ? null : Math.max(0, now - oldest)
  return {
    credential,
    hosts,
    age,
    state: age === null ? 'missing' : dueState(age, credential.rotate.every),
  }
}

const isPartOf = (
  { group, host, names }: Pick<Credential, 'group' | 'host' | 'names'>,
  one: Pick<ProjectSecret, 'group' | 'host' | 'name'>,
): boolean => one.group === group && one.host === host && names.includes(one.name)

/** @throws USAGE for a name that nothing has; CONFIG for one that nothing says how to rotate, CONFLICT with --hosts for
 *  one that other hosts are given as well */
export const choose = (manifest: Manifest, candidates: readonly Candidate[], wish: Wish): Choice => {
  for (const name of wish.names) checkName(manifest, candidates, name)
  const named = candidates.filter(({ credential }) => wish.names.some((name) => isNamed(credential, name)))
  const only = wish.only ?? null
  const all = only === null ? candidates : candidates.filter(({ credential }) => only.has(credential.id))
  const meant = wish.names.length === 0 ? all : named
  const rows = meant.map((one) => ({ one, why: whyNot(one, wish) }))
  const refused = rows.find(({ why }) => why?.refusal !== undefined && wish.names.length > 0)
  if (refused?.why?.refusal !== undefined) throw refused.why.refusal
  return {
    chosen: rows.flatMap(({ one, why }) => (why === null ? [one] : [])),
    left: rows.flatMap(({ one, why }) => (why === null ? [] : [{ ...one, why: why.words }])),
  }
}

/** The name of the credential, of its group, or of one of its secrets. */
export const isNamed = ({ id, group, names }: Pick<Credential, 'id' | 'group' | 'names'>, name: string): boolean =>
  name === id || name === group || names.includes(name)

const checkName = (manifest: Manifest, candidates: readonly Candidate[], name: string): void => {
  if (candidates.some(({ credential }) => isNamed(credential, name))) return
  const group = manifest.groups.find((one) => one.name === name) ?? groupOfSecret(manifest, name)
  if (group !== null && group.rotate === null) {
    throw fail('CONFIG', `nothing says how to rotate ${quoteName(name)}`, {
      at: group.at,
      hint: `lockstep set NAME gives it a new value; or say how in lockstep.yaml: rotate: { with: … }`,
    })
  }
  const known = candidates.flatMap(({ credential }) => [credential.id, credential.group, ...credential.names])
  throw fail('USAGE', `no secret or group ${quoteName(name)} can be rotated${didYouMean(name, known)}`, {
    hint:
      known.length === 0 ? 'rotate: { with: … } in lockstep.yaml says how' : `there are ${few([...new Set(known)])}`,
  })
}

interface WhyNot {
  readonly words: string
  /** What is said where it was asked for by name. */
  readonly refusal?: SecretsError
}

const whyNot = ({ credential, hosts, state }: Candidate, { hosts: only, due, names }: Wish): WhyNot | null => {
  if (only !== null) {
    const others = hosts.filter((host) => !only.includes(host))
    if (others.length > 0) {
      const words = `${few(others)} ${others.length === 1 ? 'has' : 'have'} it as well`
      const hint = `lockstep rotate ${names.map(shellWord).join(' ')}`
      return { words, refusal: fail('CONFLICT', words, { at: credential.id, hint }) }
    }
    if (hosts.length === 0) return { words: 'none of these hosts has it' }
  }
  if (due && state === 'missing') return { words: 'has no value yet' }
  return due && state === 'fresh' ? { words: 'not due' } : null
}
