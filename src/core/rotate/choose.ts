import { fail, type SecretsError } from '../errors.ts'
import type { ProjectSecret } from '../fleet/desired.ts'
import { shellWord } from '../host-text.ts'
import { groupOfSecret, type Manifest } from '../manifest/manifest.ts'
import { few, quoteName } from '../names.ts'
import { dueState, isToCome } from '../secrets/due.ts'
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

/** `now` in milliseconds since 1970; `latest` the same by whichever clock that counts is ahead. */
export const candidate = (
  credential: Credential,
  secrets: readonly ProjectSecret[],
  hosts: readonly string[],
  now: number,
  latest: number = now,
): Candidate => {
  const { every } = credential.rotate
  const oldest = oldestOf(credential, secrets)
  if (oldest === null) return { credential, hosts, age: null, state: 'missing' }
  const age = Math.max(0, now - Date.parse(oldest))
  const latestAge = latest - Date.parse(oldest)
  const state = dueState(isToCome(latestAge) ? latestAge : age, every)
  return { credential, hosts, age, state }
}

/** What is to be said of a credential that was set at a time to come; null: nothing. */
export const ageNote = (credential: Credential, secrets: readonly ProjectSecret[], latest: number): string | null => {
  const oldest = oldestOf(credential, secrets)
  if (oldest === null || !isToCome(latest - Date.parse(oldest))) return null
  const due = credential.rotate.every === null ? '' : ', and it counts as due'
  return `${credential.id}: its age is not known: it was set on ${oldest}, which is still to come: a clock was wrong${due}`
}

/** ISO: when the first of its values was set; null: it has none. */
const oldestOf = (credential: Credential, secrets: readonly ProjectSecret[]): string | null =>
  secrets
    .filter((one) => isPartOf(credential, one))
    .map(({ set }) => set)
    .toSorted()[0] ?? null

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

/** The name of the credential, of its group, or of one of its secrets (also with its group before it). */
export const isNamed = ({ id, group, names }: Pick<Credential, 'id' | 'group' | 'names'>, name: string): boolean =>
  name === id || name === group || names.some((one) => name === one || name === `${group}/${one}`)

const checkName = (manifest: Manifest, candidates: readonly Candidate[], name: string): void => {
  if (candidates.some(({ credential }) => isNamed(credential, name))) return
  const group = manifest.groups.find((one) => one.name === name) ?? groupOfSecret(manifest, name)
  if (group !== null && group.rotate === null) {
    throw fail('CONFIG', `nothing says how to rotate ${quoteName(name)}`, {
      at: group.at,
      hint: `lockstep set ${group.name === name ? 'NAME' : name} gives it a new value; or say how in lockstep.yaml: rotate: { with: … }`,
    })
  }
  const known = candidates.flatMap(({ credential }) => [credential.id, credential.group, ...credential.names])
  throw fail(
    'USAGE',
    `no secret or group ${quoteName(name)} can be rotated${didYouMean(name, [...known, 'history'])}`,
    {
      hint:
        known.length === 0 ? 'rotate: { with: … } in lockstep.yaml says how' : `there are ${few([...new Set(known)])}`,
    },
  )
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
