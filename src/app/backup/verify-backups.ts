import { hasCode } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import type { OpenProject } from '../project/open-project.ts'
import { keyringOf } from './backup-keyring.ts'
import { learnVerified } from './backup-note.ts'
import { rememberVerified, verifyHere, type VerifiedHere } from './verify-here.ts'
import { verifyHosts, type VerifiedCopies } from './verify-hosts.ts'
import type { VisitOptions, Visited } from './visit-hosts.ts'

export interface VerifiedBackups {
  readonly here: VerifiedHere
  readonly hosts: readonly Visited<VerifiedCopies>[]
  /** Why no host was asked; null: they were, or were not to be. */
  readonly refused: string | null
}

/** `lockstep backup-verify`: everything here, then the copies on hosts. What verified is written down.
 *  @throws TAMPERED for a list of backups that is not ours */
export const verifyBackups = async (
  ports: Ports,
  open: OpenProject,
  {
    local,
    prepare,
    ...options
  }: Pick<VisitOptions, 'hosts' | 'arguments' | 'onHost'> & {
    readonly local: boolean
    /** Sees to it that there is an Ansible. */
    prepare(): Promise<void>
  },
): Promise<VerifiedBackups> => {
  const { project } = open
  const keyring = keyringOf(await open.keys())
  const here = await verifyHere(ports, project, keyring)
  if (here.good.size > 0) {
    await rememberVerified(ports, project, keyring, here.good)
    await learnVerified(ports, project)
  }
  const hasCopies = here.list.backups.some(({ copies }) => copies.length > 0)
  if (local) return { here, hosts: [], refused: null }
  try {
    await prepare()
    return { here, hosts: await verifyHosts(ports, open, { here, keyring }, options), refused: null }
  } catch (error) {
    if (!hasCode(error, 'CONFIG', 'NOT_FOUND', 'UNAVAILABLE', 'DENIED')) throw error
    return { here, hosts: [], refused: hasCopies || error.code !== 'CONFIG' ? error.message : null }
  }
}
