import type { ContainerProof } from '../containers/proof.ts'
import { isProved } from '../containers/proof.ts'
import type { DesiredHost } from '../fleet/desired.ts'
import type { HostFacts } from '../fleet/host-facts.ts'
import type { LedgerHost } from '../fleet/ledger.ts'
import type { Container, Proof } from '../manifest/manifest.ts'
import type { OpenCredential } from './journal.ts'

export interface ProvenInput {
  readonly facts: HostFacts
  readonly desired: DesiredHost
  readonly known: LedgerHost | undefined
  /** The proof that is demanded. */
  readonly demanded: Proof
  readonly proofOf: (container: Container) => ContainerProof
}

/** What keeps this host from doing without the former value; null: nothing, everything on it was proved to run the new
 *  one. */
export const stillNeeds = (one: Pick<OpenCredential, 'versions' | 'group'>, input: ProvenInput): string | null => {
  const { facts, desired, known, demanded, proofOf } = input
  const isNew = (secrets: Readonly<Record<string, number>>): boolean =>
    Object.entries(one.versions).every(([name, version]) => (secrets[name] ?? version) >= version)
  const delivered = facts.scopes['host']?.manifest?.secrets ?? {}
  const versions = Object.fromEntries(Object.entries(delivered).map(([name, { version }]) => [name, version]))
  if (facts.current === null || !isNew(versions)) return 'it does not have the new value'
  for (const container of desired.containers) {
    if (!container.groups.includes(one.group)) continue
    const proof = proofOf(container)
    if (!isProved(proof, demanded, container)) return `${container.name} is not proved to run the new value`
    const generation = known?.generations.find((each) => each.number === proof.generation)
    if (proof.generation !== null && (generation === undefined || !isNew(generation.secrets))) {
      return `${container.name} runs generation ${proof.generation}, with the former value`
    }
  }
  return null
}
