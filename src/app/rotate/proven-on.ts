import type { ContainerProof } from '../../core/containers/proof.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import type { Container } from '../../core/manifest/manifest.ts'
import type { ProvenInput } from '../../core/rotate/proven.ts'
import { proofOn } from '../fleet/fleet-status.ts'
import type { RotationContext } from './rotation-context.ts'

/** What a host that was looked at within this run is known to have and to run; null: it was not looked at. */
export const provenOn = (
  { project, truth }: Pick<RotationContext, 'project' | 'truth'>,
  ledger: Ledger,
  host: string,
): Omit<ProvenInput, 'proved'> | null => {
  const facts = truth.facts(host)
  if (facts === null) return null
  return {
    facts,
    desired: truth.desired(host),
    known: ledger.hosts[host],
    demanded: project.manifest.rollout.proof,
    proofOf: (container: Container): ContainerProof => proofOn(project, truth, host, container),
  }
}
