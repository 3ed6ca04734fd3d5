import { holdersIn } from '../../core/backup/backup-list.ts'
import type { PrunePlan } from '../../core/backup/prune-plan.ts'
import type { Ports } from '../../core/ports.ts'
import type { OpenProject } from '../project/open-project.ts'
import type { Keyring } from './backup-keyring.ts'
import { readList } from './backup-store.ts'
import { dropCopies } from './host-copies.ts'
import { visitHosts, type VisitOptions, type Visited } from './visit-hosts.ts'

/** Removes the copies of what goes from the hosts that were given them. Nothing where there are none. */
export const pruneHosts = async (
  ports: Ports,
  open: OpenProject,
  { keyring, plan }: { readonly keyring: Keyring; readonly plan: PrunePlan },
  options: Pick<VisitOptions, 'hosts' | 'arguments' | 'onHost'> & { prepare(): Promise<void> },
): Promise<readonly Visited<null>[]> => {
  const { backups } = await readList(ports, open.project, keyring)
  const going = backups.filter(({ name }) => plan.remove.includes(name))
  const also = holdersIn(going)
  if (also.length === 0) return []
  await options.prepare()
  return visitHosts(ports, open, { ...options, count: 0, also }, async (host) => {
    await dropCopies(host, plan.remove)
    return null
  })
}
