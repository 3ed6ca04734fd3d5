import type { Acceptance } from '../../core/audit/acceptance.ts'
import { accept, checkDay, withAcceptances, withdraw } from '../../core/audit/acceptance.ts'
import type { Finding, FindingId } from '../../core/audit/findings.ts'
import { sortFindings } from '../../core/audit/findings.ts'
import { fail } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import { changeAcceptances, readAcceptances } from '../project/acceptances.ts'
import type { OpenProject } from '../project/open-project.ts'
import type { AuditReport } from './fleet-audit.ts'

/** Which findings are accepted from now on, or no longer. */
export interface Accepting {
  readonly accept: readonly FindingId[]
  /** `all`: whatever was accepted, also where the file of it does not hold. */
  readonly withdraw: readonly (FindingId | 'all')[]
  /** Null: wherever they are. */
  readonly path: string | null
  /** A day: `2027-03-01`. */
  readonly until: string | null
}

/** What can be said before a host is asked. @throws USAGE without a day or a reason, or for a day that cannot be */
export const checkAccepting = ({ caller, clock }: Pick<Ports, 'caller' | 'clock'>, accepting: Accepting): void => {
  if (accepting.accept.length > 0) checkDay(accepting.accept, wordOf(caller, accepting).until, clock.now())
}

const wordOf = (
  { reason }: Ports['caller'],
  { accept: ids, until }: Accepting,
): { readonly reason: string; readonly until: string } => {
  if (reason !== null && until !== null) return { reason, until }
  throw fail('USAGE', 'what is accepted is accepted until a day and for a reason', {
    hint: `lockstep audit --accept ${ids.join(',')} --until 2027-03-01 --reason 'why it may stay'`,
  })
}

/** Without what was accepted; with what `accepting` says, once that is written. */
export const withAccepted = async (
  ports: Ports,
  open: OpenProject,
  accepting: Accepting | null,
  report: AuditReport,
): Promise<AuditReport> => {
  const { accepted, problem } =
    accepting === null
      ? await readAcceptances(ports, open)
      : {
          accepted: await changeAcceptances(ports, open, newAcceptances(ports, report.findings, accepting)),
          problem: null,
        }
  const judged = withAcceptances(report.findings, accepted, ports.clock.now())
  return { ...report, ...judged, findings: sortFindings([...judged.findings, ...(problem === null ? [] : [problem])]) }
}

const newAcceptances =
  (
    { caller, clock, machine }: Ports,
    findings: readonly Finding[],
    accepting: Accepting,
  ): ((before: readonly Acceptance[]) => readonly Acceptance[]) =>
  (before) => {
    const { accept: ids, withdraw: back, path } = accepting
    const left = back.length === 0 ? before : withdraw(before, back, path)
    if (ids.length === 0) return left
    return accept(findings, left, {
      ids,
      path,
      ...wordOf(caller, accepting),
      by: machine.user,
      now: clock.now(),
    })
  }
