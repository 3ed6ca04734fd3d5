import { few } from '../names.ts'
import type { AuditInput } from './audit-host.ts'
import type { Finding } from './findings.ts'
import { finding } from './findings.ts'

/** What an audit did not do, said plainly: silence would be taken for "in order". */
export const auditLimits = ({ desired, facts }: AuditInput): readonly Finding[] => {
  const { audit, asked } = facts
  if (audit === null || asked === null) return []
  const { host } = desired
  const found: Finding[] = []
  if (asked.sought.leftOut.length > 0) {
    const message = `${few(asked.sought.leftOut)}: too short or too plain to be looked for`
    found.push(finding('NOT-SOUGHT', { host, path: null, message, fix: 'give it a value that nobody can guess' }))
  }
  const unread = audit.processes.unread > 0 ? [`the environment of ${audit.processes.unread} processes`] : []
  const missed = [...unread, ...audit.incomplete.map((surface) => surfaceWords.get(surface) ?? 'some files')]
  if (missed.length > 0) {
    const message = `not wholly looked through: ${missed.join(', ')}`
    found.push(finding('NOT-LOOKED-AT', { host, path: null, message, fix: `lockstep audit --hosts ${host}` }))
  }
  return found
}

const surfaceWords: ReadonlyMap<string, string> = new Map(
  Object.entries({
    paths: 'files of ours',
    processes: 'processes',
    engine: 'containers and images',
    log: 'logs',
    home: 'homes',
    temporary: 'temporary files',
    copy: 'backups',
  }),
)
