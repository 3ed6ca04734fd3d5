import { shellWord } from '../core/host-text.ts'
import { counted } from '../core/names.ts'
import type { AuditReport, Mended } from '../app/fleet/fleet-audit.ts'
import type { AcceptedFinding } from '../core/audit/acceptance.ts'
import type { Finding } from '../core/audit/findings.ts'
import type { KnownFinding } from '../core/known/known.ts'
import { isAsBadAs } from '../core/audit/findings.ts'
import { junit } from '../core/audit/junit.ts'
import { mendWords } from '../core/audit/mend.ts'
import { sarif } from '../core/audit/sarif.ts'
import type { Result } from './command.ts'
import { table } from './table.ts'
import { troublesOf } from './troubles.ts'

/** Which findings make the command fail: this severity or worse; `never` only hosts that were missed. */
export const failOns = ['high', 'medium', 'low', 'info', 'never'] as const
export type FailOn = (typeof failOns)[number]

export const auditFormats = ['table', 'json', 'sarif', 'junit'] as const
export type AuditFormat = (typeof auditFormats)[number]

export interface AuditManner {
  readonly failOn?: FailOn
  readonly format?: AuditFormat
  /** Mending was asked for. */
  readonly fix?: boolean
  /** Which hosts were asked for; null: all. */
  readonly hosts?: string | null
}

/** The findings, worst first, and below what mends each kind; or as documents for other programs. */
export const auditResult = (found: AuditReport, manner: AuditManner = {}): Result => {
  const { failOn = 'medium', format = 'table' } = manner
  if (format === 'table') return tableResult(found, manner)
  const { json, exit } = tableResult(found, manner)
  return { json, text: documents[format](found, failOn), ...(exit === undefined ? {} : { exit }) }
}

const documents: Readonly<Record<Exclude<AuditFormat, 'table'>, (found: AuditReport, failOn: FailOn) => string>> = {
  json: (found) => JSON.stringify(auditJson(found), null, 2),
  sarif: ({ findings, accepted }) => JSON.stringify(sarif(findings, accepted), null, 2),
  junit: ({ hosts, findings }, failOn) =>
    junit({ hosts, findings, isFailure: ({ severity }) => failOn !== 'never' && isAsBadAs(severity, failOn) }),
}

const tableResult = (found: AuditReport, { failOn = 'medium', fix = false, hosts = null }: AuditManner): Result => {
  const { findings, audited, missed, mended } = found
  const rows = findings.map((one) => [one.severity, one.id, one.host ?? '-', one.path ?? '-', one.message])
  const lines = [
    `${found.environment}  ${counted(audited, 'host')} audited${missed > 0 ? `, ${missed} missed` : ''}, ${counted(findings.length, 'finding')}`,
    ...(fix && mended.length === 0
      ? ['nothing to mend: --fix sets owners and modes right, of paths that lockstep made']
      : []),
    ...mended.map(mendedLine),
    ...(rows.length === 0 ? [] : [table([['SEVERITY', 'FINDING', 'HOST', 'PATH', 'WHAT'], ...rows]).trimEnd()]),
    ...fixes(findings, `lockstep audit${hosts === null ? '' : ` --hosts ${shellWord(hosts)}`} --json`),
    ...found.accepted.map(acceptedLine),
  ]
  const exit = auditExit(found, failOn)
  const [only, ...others] = joined(findings.filter(({ severity }) => isAsBadAs(severity, 'medium')))
  return {
    text: lines.join('\n'),
    json: auditJson(found),
    ...(exit === null ? {} : { exit }),
    ...(only?.startsWith('lockstep ') === true && others.length === 0 ? { next: only } : {}),
  }
}

/** Null: well. A host that was missed is PARTIAL where nothing worse was found. */
export const auditExit = (
  {
    findings,
    missed,
  }: { readonly findings: readonly Pick<KnownFinding, 'id' | 'severity'>[]; readonly missed: number },
  failOn: FailOn,
): 'UNSAFE' | 'PARTIAL' | null => {
  const bad = failOn === 'never' ? [] : findings.filter(({ severity }) => isAsBadAs(severity, failOn))
  if (bad.some(({ id }) => id !== 'UNREACHABLE')) return 'UNSAFE'
  return bad.length > 0 || missed > 0 ? 'PARTIAL' : null
}

/** As --json prints it. */
export const auditJson = (found: AuditReport): object => ({
  environment: found.environment,
  hosts: found.hosts,
  audited: found.audited,
  missed: found.missed,
  findings: found.findings.map(({ mend, ...one }) => ({ ...one, fixable: mend !== undefined })),
  accepted: found.accepted.map(({ id, host, path, acceptance: { until, reason, by } }) => ({
    id,
    host,
    path,
    until,
    reason,
    by,
  })),
  mended: found.mended.map(({ host, mend, state, reason }) => ({
    host,
    path: mend.path,
    change: mendWords(mend),
    state,
    reason,
  })),
})

const acceptedLine = ({ id, host, path, acceptance }: AcceptedFinding): string =>
  [
    'accepted',
    id,
    host ?? '-',
    path ?? '-',
    `until ${acceptance.until} by ${acceptance.by}: ${acceptance.reason}`,
  ].join('  ')

const mendedLine = ({ host, mend, state, reason }: Mended): string =>
  `${{ planned: 'would mend', mended: 'mended', left: 'left' }[state]}  ${host}  ${mend.path}  ${reason ?? mendWords(mend)}`

const shown = 3

/** A few for each kind; what is for information only has nothing to type. */
const fixes = (findings: readonly Finding[], allOfThem: string): readonly string[] => {
  const wanting = findings.filter(({ severity }) => severity !== 'info')
  return [...new Set(wanting.map(({ id }) => id))].flatMap((id) => {
    const all = joined(wanting.filter((one) => one.id === id))
    const more = all.length - shown
    return [
      ...all.slice(0, shown).map((fix) => `fix  ${id}  ${fix}`),
      ...(more > 0 ? [`fix  ${id}  and ${more} more: ${allOfThem}`] : []),
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

/** Where to type it, unless it says so or is for here: an address in the inventory, a command of ours. */
export const withHost = ({ host, fix }: Pick<Finding, 'host' | 'fix'>): string =>
  host === null || fix.includes(`on ${host}`) || /(^|[ ;])lockstep |lockstep\.yaml|in the inventory/.test(fix)
    ? fix
    : `${fix} (on ${host})`
