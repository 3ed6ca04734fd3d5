import type { AuditReport } from '../app/fleet/fleet-audit.ts'
import type { Finding } from '../core/audit/findings.ts'
import type { Result } from './command.ts'
import { table } from './table.ts'
import { troublesOf } from './troubles.ts'

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
  const [only, ...others] = joined(bad)
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
    const all = joined(wanting.filter((one) => one.id === id))
    const more = all.length - shown
    return [
      ...all.slice(0, shown).map((fix) => `fix  ${id}  ${fix}`),
      ...(more > 0 ? [`fix  ${id}  and ${more} more: lockstep audit --json`] : []),
    ]
  })
}

/** What there is to type, once each: a command of ours for all its hosts, one for a host itself with where. */
const joined = (findings: readonly Finding[]): readonly string[] => {
  const ours = troublesOf(
    findings.filter(isOurs).map(({ host, fix }) => ({ host: host ?? '', problem: { message: '', hint: fix } })),
  )
  const others = findings.filter((one) => !isOurs(one)).map(withHost)
  return [...new Set([...ours.flatMap(({ hint }) => hint ?? []), ...others])]
}

const isOurs = ({ host, fix }: Finding): boolean => host !== null && /^lockstep \w+ --hosts \S+$/.test(fix)

const withHost = ({ host, fix }: Finding): string => (host === null || fix.includes(host) ? fix : `${fix} (on ${host})`)
