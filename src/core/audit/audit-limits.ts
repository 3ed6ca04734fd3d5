import { few } from '../names.ts'
import type { Looked } from './audit-facts.ts'
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
    const message = `${few(asked.sought.leftOut)}: too short, too plain or too long to be looked for`
    found.push(finding('NOT-SOUGHT', { host, path: null, message, fix: 'give it a value that nobody can guess' }))
  }
  const unread = audit.processes.unread > 0 ? [`the environment of ${audit.processes.unread} processes`] : []
  const missed = [...unread, ...audit.incomplete.map((surface) => lookedWords[surface])]
  if (missed.length > 0) {
    const message = `not wholly looked through: ${missed.join(', ')}`
    found.push(finding('NOT-LOOKED-AT', { host, path: null, message, fix: `lockstep audit --hosts ${host}` }))
  }
  return found
}

const lookedWords: Readonly<Record<Looked, string>> = {
  paths: 'files of ours',
  processes: 'processes',
  engine: 'containers and images',
  machine: 'accounts and keys',
  piece: 'units and cron lines of ours',
  unit: 'units',
  cron: 'cron lines',
  compose: 'compose files',
  settings: 'settings',
  history: 'histories of commands',
  ansible: 'files that Ansible left',
  copy: 'backups',
  dump: 'core dumps',
  log: 'logs',
  temporary: 'temporary files',
  home: 'homes',
}
