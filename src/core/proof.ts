import { scopeDirectory } from './container-command.ts'
import { SecretsError } from './errors.ts'
import type { ContainerFacts } from './host-facts.ts'
import type { Container, Proof } from './manifest.ts'
import type { Shape } from './shape.ts'
import { integer, nullable, oneOf, parseJson, shape, text } from './shape.ts'

/** How sure we are of what a container runs, and what it says of itself. */
export interface ContainerProof {
  readonly proof: Proof
  /** Number of the generation it was proved to run; null with proof `none`. */
  readonly generation: number | null
  readonly state: 'ready' | 'degraded' | 'starting' | 'stopped' | 'missing'
  /** What stands in the way of a better proof; null when there is none to be had. */
  readonly note: string | null
}

export interface ProofInput {
  readonly container: Container
  readonly directory: string
  /** Null: the engine knows no such container. */
  readonly facts: ContainerFacts | null
}

/** The part of a status document that proves something. */
interface Reported {
  readonly state: 'ready' | 'degraded'
  readonly generation: { readonly number: number; readonly id: string } | null
}

const reported: Shape<Reported> = shape({
  state: oneOf('ready', 'degraded'),
  generation: nullable(shape({ number: integer, id: text })),
})

/** `reported`: its own status page names the generation its engine label names. `mounted`: the engine's mount table
 *  names a generation of ours. A container is believed about its state, never about the generation alone. */
export const proveContainer = ({ container, directory, facts }: ProofInput): ContainerProof => {
  if (facts === null) return { proof: 'none', generation: null, state: 'missing', note: 'there is no such container' }
  if (!facts.running)
    return { proof: 'none', generation: null, state: 'stopped', note: `exit status ${facts.exit ?? '?'}` }
  const mounted = mountedGeneration(container, directory, facts)
  const state = facts.health === 'starting' ? 'starting' : facts.health === 'unhealthy' ? 'degraded' : 'ready'
  if (mounted === null) return { proof: 'none', generation: null, state, note: 'its mounts are not ours' }
  if (facts.status === null) return { proof: 'mounted', generation: mounted, state, note: 'no status page' }
  return byStatus(facts, mounted)
}

const mountedGeneration = (container: Container, directory: string, facts: ContainerFacts): number | null => {
  const number = Number(facts.labels['lockstep.generation'])
  if (!Number.isInteger(number)) return null
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
  const demanded = wanted === 'reported' && container.status === null ? 'mounted' : wanted
  return rank[found.proof] >= rank[demanded] && found.state === 'ready'
}
