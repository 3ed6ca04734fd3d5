import { auditDelivery } from '../../core/audit/audit-delivery.ts'
import { auditHost } from '../../core/audit/audit-host.ts'
import type { Finding } from '../../core/audit/findings.ts'
import { finding, sortFindings } from '../../core/audit/findings.ts'
import type { UnreachedLedger } from '../../core/fleet/ledger-reach.ts'
import { uncheckedWords, unreachedWords } from '../../core/fleet/ledger-reach.ts'
import type { Ports } from '../../core/ports.ts'
import type { LookOptions } from './fleet-look.ts'
import { lookAtFleet } from './fleet-look.ts'
import { leftFindings } from './left-hosts.ts'
import { withProject } from '../project/open-project.ts'
import type { Project } from '../project/project.ts'

export interface AuditReport {
  readonly environment: string
  /** How many hosts were audited, and how many could not be. */
  readonly audited: number
  readonly missed: number
  readonly findings: readonly Finding[]
}

/** `lockstep audit`: what is really on the hosts, judged here. Writes nothing anywhere. */
export const fleetAudit = (ports: Ports, project: Project, options: LookOptions): Promise<AuditReport> =>
  withProject(ports, project, async (open) => {
    const look = await lookAtFleet(ports, open, { ...options, walk: true })
    const { project: own, truth, ledger, isRolledBack, unreadable, unreached, plans } = look
    const perHost = truth.targets().flatMap((host): readonly Finding[] => {
      const facts = truth.facts(host)
      const plan = plans.get(host)
      if (facts !== null && plan !== undefined) {
        const input = { desired: truth.desired(host), facts, ledger }
        return [...auditHost(input), ...auditDelivery({ ...input, plan })]
      }
      const message = truth.loss(host)?.message ?? 'did not answer'
      return [finding('UNREACHABLE', { host, path: null, message, fix: `lockstep audit --hosts ${host}` })]
    })
    const missed = truth.targets().filter((host) => truth.facts(host) === null).length
    const rolledBack = {
      host: null,
      path: 'ledger',
      message: 'the copies on the hosts are older than the one seen from here',
      fix: 'find out who put them back; lockstep deploy --accept-rolled-back writes the newer one',
    }
    return {
      environment: own.environment,
      audited: truth.targets().length - missed,
      missed,
      findings: sortFindings([
        ...perHost,
        ...leftFindings(own, truth, ledger),
        ...(isRolledBack ? [finding('ROLLED_BACK', rolledBack)] : []),
        ...(unreached === null ? [] : [ledgerFinding(unreached)]),
        ...unreadable.map((host) =>
          finding('NOT-WHOLE', { host, path: 'ledger', message: 'its copy does not open', fix: 'lockstep deploy' }),
        ),
      ]),
    }
  })

const ledgerFinding = (unreached: UnreachedLedger): Finding =>
  finding('UNREACHABLE', {
    host: null,
    path: 'ledger',
    message: `${unreachedWords(unreached)}; ${uncheckedWords}`,
    fix: 'bring these hosts back, or run lockstep audit from a clone that has seen it',
  })
