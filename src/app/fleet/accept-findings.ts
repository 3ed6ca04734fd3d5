import type { Acceptance } from '../../core/audit/acceptance.ts'
import { accept, withAcceptances, withdraw } from '../../core/audit/acceptance.ts'
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
  readonly withdraw: readonly FindingId[]
  /** Null: wherever they are. */
  readonly path: string | null
  /** A day: `2027-03-01`. */
  readonly until: string | null
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
    { accept: ids, withdraw: back, path, until }: Accepting,
  ): ((before: readonly Acceptance[]) => readonly Acceptance[]) =>
  (before) => {
    const left = back.length === 0 ? before : withdraw(before, back, path)
    if (ids.length === 0) return left
    const { reason } = caller
    if (reason === null || until === null)
      throw fail('USAGE', 'what is accepted is accepted until a day and for a reason', {
        hint: `lockstep audit --accept ${ids.join(',')} --until 2027-03-01 --reason 'why it may stay'`,
      })
    return accept(findings, left, { ids, path, until, reason, by: machine.user, now: clock.now() })
  }
