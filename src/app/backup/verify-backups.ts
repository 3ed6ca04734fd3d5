import { hasCode } from '../../core/errors.ts'
import type { LogProblem } from '../../core/log/verify.ts'
import { hearWitnesses } from '../../core/log/witnesses.ts'
import type { Ports } from '../../core/ports.ts'
import { readLog } from '../log/read-log.ts'
import type { OpenProject } from '../project/open-project.ts'
import { keyringOf } from './backup-keyring.ts'
import { learnVerified } from './backup-note.ts'
import { rememberVerified, verifyHere, type VerifiedHere } from './verify-here.ts'
import { verifyHosts, type VerifiedCopies } from './verify-hosts.ts'
import type { VisitOptions, Visited } from './visit-hosts.ts'

export interface VerifiedBackups {
  readonly here: VerifiedHere
  /** What the archives have seen of the access log, and it is not as they have. */
  readonly log: readonly LogProblem[]
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
  const keys = await open.keys()
  const keyring = keyringOf(keys)
  const here = await verifyHere(ports, project, keyring)
  // read last: no archive may have seen more of it than there is now
  const log = hearWitnesses(await readLog(ports, project, keys), here.witnesses).problems
  if (here.good.size > 0) {
    await rememberVerified(ports, project, keyring, here.good)
    await learnVerified(ports, project)
  }
  const hasCopies = here.list.backups.some(({ copies }) => copies.length > 0)
  if (local) return { here, log, hosts: [], refused: null }
  try {
    await prepare()
    return { here, log, hosts: await verifyHosts(ports, open, { here, keyring }, options), refused: null }
  } catch (error) {
    if (!hasCode(error, 'CONFIG', 'NOT_FOUND', 'UNAVAILABLE', 'DENIED')) throw error
    return { here, log, hosts: [], refused: hasCopies || error.code !== 'CONFIG' ? error.message : null }
  }
}
