import type { Ledger } from '../../core/fleet/ledger.ts'
import type { Ports } from '../../core/ports.ts'
import type { RotationJournal } from '../../core/rotate/journal.ts'
import { seenLedger } from '../fleet/ledger-store.ts'
import type { OpenProject } from '../project/open-project.ts'

/** What this clone last saw of rotations on the fleet; no host is asked. */
export const seenJournal = async (
  ports: Pick<Ports, 'files'>,
  open: Pick<OpenProject, 'project' | 'keys'>,
): Promise<RotationJournal> => (await seenFleet(ports, open)) ?? {}

/** The ledger as this clone last saw it; null: it never did. */
export const seenFleet = async (
  ports: Pick<Ports, 'files'>,
  { project, keys }: Pick<OpenProject, 'project' | 'keys'>,
): Promise<Ledger | null> => {
  const { manifest, environment, paths } = project
  return seenLedger(ports, { manifest, environment, state: paths.state, keys: await keys() })
}
