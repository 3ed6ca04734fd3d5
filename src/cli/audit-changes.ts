import type { AuditReport } from '../app/fleet/fleet-audit.ts'
import type { AuditChanges } from '../core/audit/audit-changes.ts'
import { isoTime } from '../core/duration.ts'
import { auditExit, auditJson, withHost, type AuditManner } from './audit-result.ts'
import type { Result } from './command.ts'
import { table } from './table.ts'

/** Only what is new or gone since the last audit; it fails for what is new. */
export const changesResult = (
  found: AuditReport,
  { since, appeared, gone }: AuditChanges,
  { failOn = 'medium' }: AuditManner,
): Result => {
  const row = (what: string, one: AuditChanges['gone'][number]): readonly string[] => [
    what,
    one.severity,
    one.id,
    one.host ?? '-',
    one.path ?? '-',
    one.message,
  ]
  const rows = [...appeared.map((one) => row('new', one)), ...gone.map((one) => row('gone', one))]
  const when = since === null ? '' : ` since ${isoTime(since)}`
  const heading = ['CHANGE', 'SEVERITY', 'FINDING', 'HOST', 'PATH', 'WHAT']
  const lines = [
    `${found.environment}  ${appeared.length} new, ${gone.length} gone${when}`,
    ...(rows.length === 0 ? [] : [table([heading, ...rows]).trimEnd()]),
    ...appeared.filter(({ severity }) => severity !== 'info').map((one) => `fix  ${one.id}  ${withHost(one)}`),
  ]
  const exit = auditExit({ findings: appeared, missed: found.missed }, failOn)
  return {
    text: lines.join('\n'),
    json: { ...auditJson(found), changes: { since: since === null ? null : isoTime(since), appeared, gone } },
    ...(exit === null ? {} : { exit }),
  }
}
