import { SecretsError } from '../errors.ts'
import type { ContainerFacts } from '../fleet/host-facts.ts'
import { liveDirectory } from './live.ts'
import type { LiveFacts } from './live.ts'
import type { Container, Proof } from '../manifest/manifest.ts'
import { isSecretName } from '../names.ts'
import { scopeDirectory } from './scope-mounts.ts'
import type { Shape } from '../shape.ts'
import { dictionary, flag, integer, nullable, oneOf, parseJson, shape, text } from '../shape.ts'
import type { UnitFacts } from './unit-facts.ts'
import { startsByItself, unitAsContainer } from './unit-facts.ts'

/** How sure we are of what a container runs, and what it says of itself. */
export interface ContainerProof {
  readonly proof: Proof
  /** Number of the generation it was proved to run; null with proof `none`. */
  readonly generation: number | null
  /** `waiting`: it takes this generation when it next starts, and nobody is to start it. */
  readonly state: ProofState
  /** What stands in the way of a better proof; null when there is none to be had. */
  readonly note: string | null
}

export const proofStates = ['ready', 'waiting', 'degraded', 'starting', 'stopped', 'missing', 'unknown'] as const
export type ProofState = (typeof proofStates)[number]

export interface ProofInput {
  readonly container: Container
  readonly directory: string
  /** Its instances; none: the host knows no such container. */
  readonly found: readonly ContainerFacts[]
  /** Where it is a systemd unit. */
  readonly unit: UnitFacts | null
  /** Its live directory, where it follows one. */
  readonly live: LiveFacts | null
  /** There is an engine, and it does not say what it runs. */
  readonly isEngineSilent: boolean
}

/** What a program was given. */
interface Given {
  readonly number: number
  readonly id: string | null
  readonly digest: string | null
}

/** The part of a status document that proves something. */
interface Reported {
  readonly state: 'ready' | 'degraded'
  readonly generation: { readonly number: number; readonly id: string } | null
  /** Over the bytes in use; null where it has no key to compute it with. */
  readonly digest: string | null
  /** By name, what it has and what it cannot do without. */
  readonly secrets: Readonly<Record<string, { readonly present: boolean }>> | null
}

const reported: Shape<Reported> = shape({
  state: oneOf('ready', 'degraded'),
  generation: nullable(shape({ number: integer, id: text })),
  digest: nullable(text),
  secrets: nullable(dictionary(shape({ present: flag }))),
})

/** `reported`: its own status page names the generation its label names. `mounted`: the mount table, or the drop-in and
 *  the time of the start, name a generation of ours. A program is believed about its state, never about the generation
 *  alone. Of several instances the one that is proved least counts. */
export const proveContainer = (input: ProofInput): ContainerProof => {
  const { found, unit, container } = input
  if (input.isEngineSilent && container.runs.kind !== 'systemd') {
    return { proof: 'none', generation: null, state: 'unknown', note: 'the container engine does not answer' }
  }
  const instances = unit === null ? found : unit.load === 'loaded' ? [unitAsContainer(unit)] : []
  const proofs = instances.map((one) => proveOne(input, one))
  const [least] = proofs.toSorted((a, b) => strength(a) - strength(b))
  return least ?? { proof: 'none', generation: null, state: 'missing', note: 'there is no such container' }
}

const strength = (one: ContainerProof): number =>
  (one.state === 'ready' || one.state === 'waiting' ? 10 : 0) + rank[one.proof]

const proveOne = (input: ProofInput, facts: ContainerFacts): ContainerProof => {
  const { container, directory, unit, live } = input
  // where the manifest says how it is asked, it has said so already when its image's own check has not begun
  const isStarting = facts.health === 'starting' && (unit !== null || container.health === null)
  const state = isStarting ? 'starting' : facts.health === 'unhealthy' ? 'degraded' : 'ready'
  if (live !== null) return proveLive(input, live, facts, state)
  if (unit !== null && startsByItself(unit)) return proveWaiting(facts, unit)
  if (!facts.running && state !== 'starting') return stopped(facts)
  const mounted = unit === null ? mountedGeneration(container, directory, facts) : startedGeneration(facts, unit)
  if (mounted === null) {
    const note = unit === null ? 'its mounts are not ours' : 'it was started before its drop-in was written'
    return { proof: 'none', generation: null, state, note }
  }
  const { labels } = facts
  const [id, digest] = [labels['lockstep.generation-id'] ?? null, labels['lockstep.digest'] ?? null]
  return byStatus(facts, { number: mounted, id, digest }, state)
}

const stopped = (facts: ContainerFacts): ContainerProof => ({
  proof: 'none',
  generation: null,
  state: 'stopped',
  note: `exit status ${facts.exit ?? '?'}`,
})

/** A program that follows its live directory knows what is there if it started since, or was told of it. */
const proveLive = (
  { container, directory, unit }: ProofInput,
  live: LiveFacts,
  facts: ContainerFacts,
  state: ProofState,
): ContainerProof => {
  if (unit !== null && startsByItself(unit)) return proveWaiting(facts, unit)
  if (!facts.running && state !== 'starting') return stopped(facts)
  const source = liveDirectory(directory, container.name)
  if (unit === null && !facts.mounts.some((mount) => mount.source === source)) {
    return { proof: 'none', generation: null, state, note: 'its mounts are not ours' }
  }
  const isNewer = facts.startedAt !== null && Date.parse(facts.startedAt) >= live.at
  if (!isNewer && container.onChange.kind === 'none' && facts.status === null) {
    const note = `generation ${live.number} is there for its next start (on_change: none)`
    return { proof: 'none', generation: null, state: 'waiting', note }
  }
  if (!isNewer && !live.told && container.onChange.kind !== 'none') {
    return { proof: 'none', generation: null, state, note: `it has not been told of generation ${live.number}` }
  }
  return byStatus(facts, live, state)
}

/** A job that a timer starts: what matters is what its next run will be given. */
const proveWaiting = (facts: ContainerFacts, unit: UnitFacts): ContainerProof => {
  const generation = labelled(facts)
  if (unit.dropIn === null || generation === null)
    return { proof: 'none', generation: null, state: 'stopped', note: 'it has no drop-in of ours' }
  const runsOlder = unit.active !== 'inactive' && unit.active !== 'failed' && startedGeneration(facts, unit) === null
  if (runsOlder) {
    const note = `it still runs with what it was started with; generation ${generation} when it next starts`
    return { proof: 'none', generation: null, state: 'waiting', note }
  }
  return { proof: 'mounted', generation, state: 'waiting', note: `runs when ${starterOf(unit)} starts it` }
}

const starterOf = ({ triggeredBy }: UnitFacts): string => triggeredBy.join(' or ') || 'somebody'

const labelled = (facts: ContainerFacts): number | null => {
  const number = Number(facts.labels['lockstep.generation'] ?? Number.NaN)
  return Number.isInteger(number) ? number : null
}

const startedGeneration = (facts: ContainerFacts, { startedAt, dropInAt }: UnitFacts): number | null =>
  startedAt !== null && dropInAt !== null && startedAt >= dropInAt ? labelled(facts) : null

const mountedGeneration = (container: Container, directory: string, facts: ContainerFacts): number | null => {
  const number = labelled(facts)
  if (number === null) return null
  const source = `${scopeDirectory(directory, number, container.name)}/secrets`
  return facts.mounts.some((mount) => mount.source === source) ? number : null
}

const byStatus = (facts: ContainerFacts, given: Given, state: ProofState): ContainerProof => {
  const page = facts.status
  const mounted = { proof: 'mounted', generation: given.number } as const
  if (page === null) return { ...mounted, state, note: 'no status page' }
  if (page.body === null) {
    return { ...mounted, state: 'degraded', note: `its status page: ${page.error ?? 'no answer'}` }
  }
  const said = readReported(page.body)
  if (said === null) return { ...mounted, state: 'degraded', note: 'its status page is not ours' }
  if (said.generation === null) return { ...mounted, state: said.state, note: 'it has no secrets yet' }
  if (said.generation.id !== given.id) {
    const note = `it runs generation ${said.generation.number}, not ${given.number}`
    return { proof: 'reported', generation: said.generation.number, state: 'degraded', note }
  }
  if (said.digest !== given.digest) {
    return { ...mounted, state: 'degraded', note: 'it does not use the values it was given' }
  }
  return { proof: 'reported', generation: given.number, state: said.state, note: lackNote(said) }
}

const lacks = 'missing: '

/** Names that the program says it cannot do without; of a program's words nothing else is told. */
const lackNote = ({ secrets }: Reported): string | null => {
  const missing = Object.entries(secrets ?? {}).filter(([name, { present }]) => !present && isSecretName(name))
  const names = missing.map(([name]) => name)
  const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
  return names.length === 0 ? null : `${lacks}${names.slice(0, 5).join(', ')}${more}`
}

/** Why it cannot go on with this: what was waited for in vain, and what it says it lacks. */
export const whyNot = (waitedFor: string | null, { note }: ContainerProof): string => {
  const lack = note?.startsWith(lacks) === true ? note : null
  return [waitedFor, lack].filter((one) => one !== null).join('; ') || (note ?? 'it is not ready')
}

const readReported = (body: string): Reported | null => {
  try {
    return parseJson(body, reported, 'status page')
  } catch (error) {
    if (error instanceof SecretsError && error.code === 'TAMPERED') return null
    throw error
  }
}

const rank: Readonly<Record<Proof, number>> = { none: 0, mounted: 1, reported: 2 }

/** The best proof there can be of it: only one with a status page says itself what it runs. */
export const bestProof = ({ status }: Pick<Container, 'status'>): Proof => (status === null ? 'mounted' : 'reported')

/** Good enough for a roll-out that demands `wanted`? A container without a status page cannot report. */
export const isProved = (found: ContainerProof, wanted: Proof, container: Container): boolean => {
  if (found.state === 'waiting') return true
  const demanded = wanted === 'reported' ? bestProof(container) : wanted
  return rank[found.proof] >= rank[demanded] && found.state === 'ready'
}
