import type { Ledger } from '../../core/fleet/ledger.ts'
import type { VersionSources } from '../../core/rotate/versions.ts'
import type { RotationContext } from './rotation-context.ts'

/** What tells which versions there have been. */
export const versionSources = async (
  { open, truth }: Pick<RotationContext, 'open' | 'truth'>,
  ledger: Ledger,
): Promise<VersionSources> => ({
  metadata: await open.metadata(),
  ledger,
  hosts: truth.given().flatMap((host) => {
    const facts = truth.facts(host)
    if (facts === null) return []
    const scopes = truth.desired(host).scopes
    return [{ host, facts, given: new Set(scopes.flatMap(({ secrets }) => secrets.map(({ name }) => name))) }]
  }),
})
