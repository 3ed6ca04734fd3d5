import { auditChanges, type AuditChanges } from '../../core/audit/audit-changes.ts'
import { learnBackup } from '../../core/backup/backup-due.ts'
import { knownBackup, type BackupStatus } from '../../core/backup/backup-status.ts'
import { fail } from '../../core/errors.ts'
import { learnAudit, learnStatus } from '../../core/known/learn.ts'
import type { Known, KnownSecret } from '../../core/known/known.ts'
import type { KnownRotations } from '../../core/rotate/known-rotations.ts'
import type { RotationReport } from '../../core/rotate/rotation-report.ts'
import type { Ports } from '../../core/ports.ts'
import type { StatusReport } from '../../core/fleet/status-report.ts'
import type { AuditReport } from '../fleet/fleet-audit.ts'
import { learn } from '../known/known-store.ts'
import { withMetadata } from '../project/with-project.ts'
import type { Project } from '../project/project.ts'
import { listSecrets } from '../secrets/list.ts'
import type { Line } from './tell.ts'
import { isNoRecord, inOneLine, tell } from './tell.ts'

export interface Looked {
  /** Were all hosts asked for? */
  readonly isWhole: boolean
  readonly line: Line
}

/** Keeps what an audit found, and tells who is to be told of what is new. Gives what changed; null where there is no record
 *  to compare with, or none can be kept. */
export const afterAudit = async (
  ports: Ports,
  project: Project,
  report: AuditReport,
  looked: Looked,
): Promise<AuditChanges | null> => {
  const { hosts, findings, accepted, backup, rotations } = report
  const seen = { at: ports.clock.now(), isWhole: looked.isWhole, hosts, findings, accepted }
  let changes: AuditChanges | null = null
  await keep(ports, project, looked.line, (known) => {
    const audit = learnAudit(known.audit, { ...seen, look: known.looks })
    changes = known.audit === null ? null : auditChanges(known.audit, audit)
    const kept = { ...known, audit, ...rotationsOf(rotations) }
    return backup === null ? kept : { ...kept, ...backupOf(known, backup, seen.at) }
  })
  return changes
}

/** The same of a status. */
export const afterStatus = (ports: Ports, project: Project, report: StatusReport, looked: Looked): Promise<void> => {
  const seen = { at: ports.clock.now(), isWhole: looked.isWhole, report }
  return keep(ports, project, looked.line, (known) => ({
    ...known,
    status: learnStatus(known.status, { ...seen, look: known.looks }),
    ...(looked.isWhole ? backupOf(known, report.backup, seen.at) : {}),
    ...rotationsOf(report.rotations),
  }))
}

/** The same of a rotation: what it has ended is told as gone. */
export const afterRotation = (
  ports: Ports,
  project: Project,
  { rotations }: Pick<RotationReport, 'rotations'>,
  line: Line,
): Promise<void> => keep(ports, project, line, (known) => ({ ...known, ...rotationsOf(rotations) }))

const rotationsOf = (rotations: KnownRotations | null): Partial<Pick<Known, 'rotations'>> =>
  rotations === null ? {} : { rotations }

const backupOf = (known: Known, backup: BackupStatus, now: number): Pick<Known, 'backup'> => ({
  backup: learnBackup(known.backup, knownBackup(backup), now),
})

/** What was looked at stands, whatever becomes of the record: that is said, and no more. */
const keep = async (ports: Ports, project: Project, line: Line, change: (known: Known) => Known): Promise<void> => {
  try {
    const secrets = await secretAges(ports, project)
    const known = await learn(ports, project, (before) => ({
      ...change({ ...before, looks: before.looks + 1 }),
      secrets,
    }))
    await tell(ports, project, known, line)
  } catch (error) {
    if (!isNoRecord(error)) throw error
    line(`alerts and metrics do not know of this: ${inOneLine(error)}`)
  }
}

const secretAges = (ports: Ports, project: Project): Promise<readonly KnownSecret[]> =>
  withMetadata(ports, project, async (open) =>
    listSecrets(project.manifest, await open.metadata(), ports.clock.now()).map(
      ({ name, group, host, set, every }) => ({ name, group, host, set: set === null ? null : timeOf(set), every }),
    ),
  )

const timeOf = (text: string): number => {
  const at = Date.parse(text)
  if (Number.isNaN(at)) throw fail('TAMPERED', 'a secret was written at no time', { at: 'metadata.yaml' })
  return at
}
