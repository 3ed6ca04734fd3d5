import type { AcceptedFinding } from '../audit/acceptance.ts'
import type { Finding } from '../audit/findings.ts'
import { isMore, kindOn, roomForKinds } from '../audit/limited.ts'
import { day } from '../duration.ts'
import type { HostStatus, StatusReport } from '../fleet/status-report.ts'
import type { KnownAccepted, KnownAudit, KnownFinding, KnownHost, KnownStatus } from './known.ts'

/** One audit, as far as it is kept. */
export interface AuditSeen {
  readonly at: number
  /** Its number. */
  readonly look: number
  /** Were all hosts asked for? */
  readonly isWhole: boolean
  /** Hosts that were asked, whether they answered or not. */
  readonly hosts: readonly string[]
  readonly findings: readonly Finding[]
  readonly accepted: readonly AcceptedFinding[]
}

/** What is known after an audit. A finding is gone only when a look that could have seen it did not: what an unreachable
 *  host, or one that was not asked, had before stays, and what it had of a kind of which not all could be told. */
export const learnAudit = (before: KnownAudit | null, seen: AuditSeen): KnownAudit => {
  const found = seen.findings.map(keptFinding)
  const isUnreachable = (one: KnownFinding): boolean => one.id === 'UNREACHABLE'
  const missed = new Set(found.filter((one) => isUnreachable(one) && one.path === null).map(({ host }) => host))
  const noLedger = found.some((one) => isUnreachable(one) && one.host === null)
  const asked = new Set(seen.hosts)
  const cut = new Set(found.filter(isMore).map(kindOn))
  const told = new Set(found.map(placeOf))
  const hasRoom = roomForKinds()
  const isLeftOut = (old: KnownFinding): boolean => !isMore(old) && !told.has(placeOf(old)) && hasRoom(old)
  const stays = (old: KnownFinding): boolean => {
    if (old.host !== null && asked.has(old.host))
      return missed.has(old.host) ? !isUnreachable(old) : cut.has(kindOn(old)) && isLeftOut(old)
    if (!seen.isWhole) return true
    return noLedger && !isUnreachable(old) && isOfLedger(old)
  }
  const others = seen.isWhole ? {} : before?.hosts
  return {
    at: seen.isWhole ? seen.at : (before?.at ?? null),
    hosts: { ...others, ...Object.fromEntries(seen.hosts.map((host) => [host, seen.look])) },
    findings: once([...found, ...(before?.findings ?? []).filter(stays)]),
    accepted: [...seen.accepted.map(keptAcceptance), ...(seen.isWhole ? [] : (before?.accepted ?? []))],
  }
}

/** What nobody can say without the ledger: what was put back, and who left. */
const isOfLedger = ({ id, host, path }: KnownFinding): boolean =>
  id === 'HOST-LEFT' || (host === null && path === 'ledger')

const keptAcceptance = ({ id, host, path, acceptance }: AcceptedFinding): KnownAccepted => ({
  id,
  host,
  path,
  until: Date.parse(`${acceptance.until}T00:00:00Z`) + day,
  by: acceptance.by,
})

const keptFinding = ({ id, severity, host, path, message, fix }: Finding): KnownFinding => ({
  id,
  severity,
  host,
  path,
  message,
  fix,
})

const once = (findings: readonly KnownFinding[]): readonly KnownFinding[] => [
  ...new Map(findings.toReversed().map((one) => [placeOf(one), one])).values(),
]

const placeOf = ({ id, host, path }: KnownFinding): string => JSON.stringify([id, host, path])

/** What is known after a status of all hosts (`isWhole`) or some. */
export const learnStatus = (
  before: KnownStatus | null,
  seen: { readonly at: number; readonly look: number; readonly isWhole: boolean; readonly report: StatusReport },
): KnownStatus => {
  const old = new Map(before?.hosts.map((one) => [one.host, one]))
  const asked = seen.report.hosts.map((one) => keptHost(one, seen.look, old.get(one.host)))
  const names = new Set(asked.map(({ host }) => host))
  const others = seen.isWhole ? [] : [...old.values()].filter(({ host }) => !names.has(host))
  return {
    at: seen.isWhole ? seen.at : (before?.at ?? null),
    revision: seen.report.revision,
    hosts: [...asked, ...others],
  }
}

/** What a host runs is not known to be over because nobody could ask it. */
const keptHost = (one: HostStatus, look: number, before: KnownHost | undefined): KnownHost => {
  const { host, state, reason, problem } = one
  const last = state === 'unreachable' ? before : undefined
  const isUnasked = one.watch === null && (state === 'unreachable' || state === 'problem')
  return {
    host,
    look,
    state,
    generation: one.generation ?? last?.generation ?? null,
    next: one.next ?? last?.next ?? null,
    why: problem?.message ?? reason,
    containers: last?.containers ?? one.containers.map(({ container, state, note }) => ({ container, state, note })),
    watch: (isUnasked ? before?.watch : one.watch?.state) ?? null,
  }
}
