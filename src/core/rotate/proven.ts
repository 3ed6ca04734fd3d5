import type { ContainerProof } from '../containers/proof.ts'
import { isProved } from '../containers/proof.ts'
import type { DesiredHost } from '../fleet/desired.ts'
import type { HostFacts } from '../fleet/host-facts.ts'
import type { LedgerHost } from '../fleet/ledger.ts'
import type { Container, Proof } from '../manifest/manifest.ts'
import { mapValues } from '../map-values.ts'
import type { OpenCredential } from './journal.ts'

export interface ProvenInput {
  readonly facts: HostFacts
  readonly desired: DesiredHost
  readonly known: LedgerHost | undefined
  /** The proof that is demanded. */
  readonly demanded: Proof
  readonly proofOf: (container: Container) => ContainerProof
  /** Containers that this run itself has proved, by name: it has delivered to the host since that was looked at. What it
   *  has left alone is as it was. Absent: it has not. */
  readonly proved?: ReadonlyMap<string, ContainerProof> | undefined
}

/** What keeps this host from doing without the former value; null: nothing, everything on it was proved to run the new
 *  one. */
export const stillNeeds = (one: Pick<OpenCredential, 'versions' | 'group'>, input: ProvenInput): string | null => {
  const { facts, desired, known, demanded, proofOf, proved } = input
  const isNew = (secrets: Readonly<Record<string, number>>): boolean =>
    Object.entries(one.versions).every(([name, version]) => (secrets[name] ?? version) >= version)
  const delivered = deliveredOf(facts)
  if (proved === undefined && delivered === null) return 'it does not say what it has'
  if (proved === undefined && (facts.current === null || !isNew(delivered ?? {})))
    return 'it does not have the new value'
  for (const container of desired.containers) {
    if (!container.groups.includes(one.group)) continue
    const proof = proved?.get(container.name) ?? proofOf(container)
    if (proof.state === 'waiting' && proof.generation === null) {
      return `${container.name} may run with the former value until it is started again`
    }
    if (!isProved(proof, demanded, container)) return `${container.name} is not proved to run the new value`
    const generation = known?.generations.find((each) => each.number === proof.generation)
    if (proof.generation !== null && (generation === undefined || !isNew(generation.secrets))) {
      return `${container.name} runs generation ${proof.generation}, with the former value`
    }
  }
  return null
}

/** Nothing that is in force or runs on this host has the new value: a way back has nothing to do there. */
export const hasOnlyFormer = (
  one: Pick<OpenCredential, 'from' | 'group'>,
  { facts, desired, known, proofOf }: Omit<ProvenInput, 'demanded'>,
): boolean => {
  const isFormer = (secrets: Readonly<Record<string, number>>): boolean =>
    Object.entries(one.from).every(([name, version]) => (secrets[name] ?? 0) <= version)
  const delivered = deliveredOf(facts)
  if (delivered === null || !isFormer(delivered)) return false
  return desired.containers
    .filter(({ groups }) => groups.includes(one.group))
    .every((container) => {
      const { generation, state } = proofOf(container)
      if (generation === null) return state === 'missing' || state === 'stopped'
      const running = known?.generations.find(({ number }) => number === generation)
      return running !== undefined && isFormer(running.secrets)
    })
}

/** Versions in force; nothing where nothing was delivered; null where it cannot say. */
const deliveredOf = ({ scopes, current }: HostFacts): Readonly<Record<string, number>> | null => {
  const manifest = scopes['host']?.manifest ?? null
  if (manifest !== null) return mapValues(manifest.secrets, ({ version }) => version)
  return current === null ? {} : null
}
