import type { LedgerHost } from '../../core/fleet/ledger.ts'
import type { Ports } from '../../core/ports.ts'
import type { FleetProject } from './fleet-project.ts'
import { seenLedger } from './ledger-store.ts'
import type { ScopePasswords } from './scope-passwords.ts'

/** Derives keys for the hosts that, as far as is known here, lack a version the project has by now: Ansible takes half a
 *  second to start and leaves a core free. A wrong guess costs that time alone; what is missing is derived when it is
 *  needed, and so is everything where this fails. */
export const deriveAhead = async (
  ports: Pick<Ports, 'files'>,
  project: FleetProject,
  passwords: ScopePasswords,
): Promise<void> => {
  const versions = new Map(
    project.secrets.flatMap(({ name, host, version }) => (host === null ? [[name, version]] : [])),
  )
  const isBehind = ({ generations }: LedgerHost): boolean =>
    Object.entries(generations.at(-1)?.secrets ?? {}).some(([name, there]) => (versions.get(name) ?? 0) > there)
  try {
    const ledger = await seenLedger(ports, project)
    const behind = Object.values(ledger?.hosts ?? {}).filter(isBehind)
    await passwords.ahead(behind.length, project.groups.length + 1)
  } catch {
    // said by whoever needs it
  }
}
