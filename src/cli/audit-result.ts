import type { AuditReport } from '../app/fleet-audit.ts'
import type { Finding } from '../core/findings.ts'
import type { Result } from './command.ts'
import { table } from './table.ts'

/** The findings, worst first, and below what mends each kind. */
export const auditResult = (found: AuditReport): Result => {
  const { findings, audited, missed } = found
  const rows = findings.map((one) => [one.severity, one.id, one.host ?? '-', one.path ?? '-', one.message])
  const lines = [
    `${found.environment}  ${counted(audited, 'host')} audited${missed > 0 ? `, ${missed} missed` : ''}, ${counted(findings.length, 'finding')}`,
    ...(rows.length === 0 ? [] : [table([['SEVERITY', 'FINDING', 'HOST', 'PATH', 'WHAT'], ...rows]).trimEnd()]),
    ...fixes(findings),
  ]
  const bad = findings.filter(({ severity }) => severity === 'high' || severity === 'medium')
  const isUnsafe = bad.some(({ id }) => id !== 'UNREACHABLE')
  const exit = isUnsafe ? 'UNSAFE' : bad.length > 0 || missed > 0 ? 'PARTIAL' : null
  const [only, ...others] = new Set(bad.map((one) => one.fix))
  return {
    text: lines.join('\n'),
    json: { ...found },
    ...(exit === null ? {} : { exit }),
    ...(only?.startsWith('lockstep ') === true && others.length === 0 ? { next: only } : {}),
  }
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

const shown = 3

/** A few for each kind; what is for information only has nothing to type. */
const fixes = (findings: readonly Finding[]): readonly string[] => {
  const wanting = findings.filter(({ severity }) => severity !== 'info')
  return [...new Set(wanting.map(({ id }) => id))].flatMap((id) => {
    const all = [...new Set(wanting.filter((one) => one.id === id).map(fixWithHost))]
    const more = all.length - shown
    return [
      ...all.slice(0, shown).map((fix) => `fix  ${id}  ${fix}`),
      ...(more > 0 ? [`fix  ${id}  and ${more} more: lockstep audit --json`] : []),
    ]
  })
}

/** A command for the host itself says where. */
const fixWithHost = ({ host, fix }: Finding): string =>
  host === null || fix.includes(host) ? fix : `${fix} (on ${host})`
