import { SecretsError } from './errors.ts'
import type { ContainerFacts } from './host-facts.ts'
import type { Container, Proof } from './manifest.ts'
import { scopeDirectory } from './scope-mounts.ts'
import type { Shape } from './shape.ts'
import { integer, nullable, oneOf, parseJson, shape, text } from './shape.ts'
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

export type ProofState = 'ready' | 'waiting' | 'degraded' | 'starting' | 'stopped' | 'missing'

export interface ProofInput {
  readonly container: Container
  readonly directory: string
  /** Its instances; none: the host knows no such container. */
  readonly found: readonly ContainerFacts[]
  /** Where it is a systemd unit. */
  readonly unit: UnitFacts | null
}

/** The part of a status document that proves something. */
interface Reported {
  readonly state: 'ready' | 'degraded'
  readonly generation: { readonly number: number; readonly id: string } | null
  /** Over the bytes in use; null where it has no key to compute it with. */
  readonly digest: string | null
}

const reported: Shape<Reported> = shape({
  state: oneOf('ready', 'degraded'),
  generation: nullable(shape({ number: integer, id: text })),
  digest: nullable(text),
})

/** `reported`: its own status page names the generation its label names. `mounted`: the mount table, or the drop-in and
 *  the time of the start, name a generation of ours. A program is believed about its state, never about the generation
 *  alone. Of several instances the one that is proved least counts. */
export const proveContainer = ({ container, directory, found, unit }: ProofInput): ContainerProof => {
  const instances = unit === null ? found : unit.load === 'loaded' ? [unitAsContainer(unit)] : []
  const proofs = instances.map((one) => proveOne(container, directory, one, unit))
  const [least] = proofs.toSorted((a, b) => strength(a) - strength(b))
  return least ?? { proof: 'none', generation: null, state: 'missing', note: 'there is no such container' }
}

const strength = (one: ContainerProof): number =>
  (one.state === 'ready' || one.state === 'waiting' ? 10 : 0) + rank[one.proof]

const proveOne = (
  container: Container,
  directory: string,
  facts: ContainerFacts,
  unit: UnitFacts | null,
): ContainerProof => {
  const state = facts.health === 'starting' ? 'starting' : facts.health === 'unhealthy' ? 'degraded' : 'ready'
  if (unit !== null && startsByItself(unit)) return proveWaiting(facts, unit)
  if (!facts.running && state !== 'starting')
    return { proof: 'none', generation: null, state: 'stopped', note: `exit status ${facts.exit ?? '?'}` }
  const mounted = unit === null ? mountedGeneration(container, directory, facts) : startedGeneration(facts, unit)
  if (mounted === null) {
    const note = unit === null ? 'its mounts are not ours' : 'it was started before its drop-in was written'
    return { proof: 'none', generation: null, state, note }
  }
  if (facts.status === null) return { proof: 'mounted', generation: mounted, state, note: 'no status page' }
  return byStatus(facts, mounted)
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

const byStatus = (facts: ContainerFacts, mounted: number): ContainerProof => {
  const page = facts.status
  if (page?.body === null || page?.body === undefined) {
    return {
      proof: 'mounted',
      generation: mounted,
      state: 'degraded',
      note: `its status page: ${page?.error ?? 'no answer'}`,
    }
  }
  const said = readReported(page.body)
  if (said === null)
    return { proof: 'mounted', generation: mounted, state: 'degraded', note: 'its status page is not ours' }
  if (said.generation === null)
    return { proof: 'mounted', generation: mounted, state: said.state, note: 'it has no secrets yet' }
  if (said.generation.id !== facts.labels['lockstep.generation-id']) {
    const note = `it runs generation ${said.generation.number}, not ${mounted}`
    return { proof: 'reported', generation: said.generation.number, state: 'degraded', note }
  }
  if (said.digest !== (facts.labels['lockstep.digest'] ?? null)) {
    const note = 'it does not use the values it was given'
    return { proof: 'mounted', generation: mounted, state: 'degraded', note }
  }
  return { proof: 'reported', generation: mounted, state: said.state, note: null }
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

/** Good enough for a roll-out that demands `wanted`? A container without a status page cannot report. */
export const isProved = (found: ContainerProof, wanted: Proof, container: Container): boolean => {
  if (found.state === 'waiting') return true
  const demanded = wanted === 'reported' && container.status === null ? 'mounted' : wanted
  return rank[found.proof] >= rank[demanded] && found.state === 'ready'
}
