import type { AcceptedFinding } from '../../core/audit/acceptance.ts'
import { auditBackup } from '../../core/audit/audit-backup.ts'
import { auditDelivery } from '../../core/audit/audit-delivery.ts'
import { auditHost } from '../../core/audit/audit-host.ts'
import { auditUnused } from '../../core/audit/audit-unused.ts'
import { toolFindings } from '../../core/audit/audit-project.ts'
import type { Finding } from '../../core/audit/findings.ts'
import { finding, sortFindings } from '../../core/audit/findings.ts'
import { limited } from '../../core/audit/limited.ts'
import { judgedOrLost } from '../../core/audit/judged-or-lost.ts'
import type { HostMends, Mend } from '../../core/audit/mend.ts'
import { planMends } from '../../core/audit/mend.ts'
import { rotationFindings, type KnownRotations } from '../../core/rotate/known-rotations.ts'
import type { BackupStatus } from '../../core/backup/backup-status.ts'
import type { HostPlan } from '../../core/fleet/delivery-plan.ts'
import type { HostFacts } from '../../core/fleet/host-facts.ts'
import type { UnreachedLedger } from '../../core/fleet/ledger-reach.ts'
import { uncheckedWords, unreachedWords } from '../../core/fleet/ledger-reach.ts'
import { auditWatch, judgedNow } from '../../core/watch/audit-watch.ts'
import { meantToRead } from '../watch/meant-to-read.ts'
import { markJudged, type SeenEvents } from '../watch/seen-events.ts'
import type { Ports } from '../../core/ports.ts'
import { knownBackups } from '../backup/known-backups.ts'
import { logFindings } from '../log/audit-log.ts'
import { witnessesIn } from '../log/verify-fleet.ts'
import type { Accepting } from './accept-findings.ts'
import { withAccepted } from './accept-findings.ts'
import type { FleetLook, LookOptions } from './fleet-look.ts'
import { lookAtFleet } from './fleet-look.ts'
import { leftFindings } from './left-hosts.ts'
import { mendFleet } from './mend-fleet.ts'
import { projectFindings } from '../project/audit-project.ts'
import { withProject, type Intended } from '../project/with-project.ts'
import type { Project } from '../project/project.ts'

export interface AuditOptions extends LookOptions {
  /** Mend what needs nobody's judgement, and look again. */
  readonly fix: boolean
  /** With `fix`: say what would be mended, and change nothing. */
  readonly check: boolean
  /** Null: nothing is accepted or taken back. */
  readonly accepting: Accepting | null
}

export interface AuditReport {
  readonly environment: string
  /** All that were meant. */
  readonly hosts: readonly string[]
  /** How many of them were audited, and how many could not be. */
  readonly audited: number
  readonly missed: number
  /** As they are after what was mended, without those that were accepted. */
  readonly findings: readonly Finding[]
  readonly accepted: readonly AcceptedFinding[]
  readonly mended: readonly Mended[]
  /** Null where only some of the hosts were meant. */
  readonly backup: BackupStatus | null
  /** Null: the ledger was not reached. */
  readonly rotations: KnownRotations | null
}

/** One path that was mended, would be, or could not be. */
export interface Mended {
  readonly host: string
  readonly mend: Mend
  readonly state: 'planned' | 'mended' | 'left'
  /** Why it was left. */
  readonly reason: string | null
}

/** `lockstep audit`: what is really on the hosts, judged here, and with them all the operators' own side. Changes nothing
 *  anywhere but what `fix` asks for. */
export const fleetAudit = (ports: Ports, project: Project, options: AuditOptions): Promise<AuditReport> =>
  withProject(ports, project, intendedBy(options), async (open) => {
    const [look, onProject] = await Promise.all([
      lookAtFleet(ports, open, { ...options, walk: true }),
      options.hosts === null ? projectFindings(ports, open) : [],
    ])
    // a part of the hosts knows a part of the backups
    const backup = options.hosts === null ? await knownBackups(ports, open, look) : null
    const onLog = options.hosts === null ? await logFindings(ports, open, (check) => witnessesIn(look, check)) : []
    const now = ports.clock.now()
    const { rotations } = look
    const own = [
      ...onProject,
      ...onLog,
      ...(backup === null ? [] : auditBackup(backup, now)),
      ...(rotations === null || options.hosts !== null ? [] : rotationFindings(rotations, now)),
    ]
    const report = await withAccepted(ports, open, options.accepting, {
      ...judge(look, own),
      accepted: [],
      mended: [],
      backup,
      rotations,
    })
    if (!options.check) await markJudged(ports, project, judgedIn(look))
    const plan = options.fix ? mendable(report.findings) : []
    if (plan.length === 0) return report
    if (options.check) return { ...report, mended: plan.flatMap(planned) }
    const after = await mendFleet(ports, open, options, { plan, seen: look })
    const { mended } = after
    return withAccepted(ports, open, null, { ...judge(after.look, own), accepted: [], mended, backup, rotations })
  })

/** Mending changes hosts; looking releases nothing. */
const intendedBy = ({ fix, check, accepting }: AuditOptions): Intended<AuditReport> => ({
  action: (fix && !check) || accepting !== null ? 'change' : 'look',
  keepsSecrets: accepting === null,
  found: ({ mended }) => ({ names: { hosts: [...new Set(mended.map(({ host }) => host))] } }),
})

/** Nothing is mended on a machine that may not be the one that was set up. */
const mendable = (findings: readonly Finding[]): readonly HostMends[] => {
  const others = findings.filter(({ id }) => id === 'WRONG-HOST' || id === 'NOT-SET-UP').map(({ host }) => host)
  return planMends(findings).filter(({ host }) => !others.includes(host))
}

const planned = ({ host, mends }: HostMends): readonly Mended[] =>
  mends.map((mend) => ({ host, mend, state: 'planned', reason: null }))

const judge = (
  look: FleetLook,
  onProject: readonly Finding[],
): Omit<AuditReport, 'mended' | 'accepted' | 'backup' | 'rotations'> => {
  const { project: own, truth, ledger, isRolledBack, unreadable, unreached, plans } = look
  const judged = truth.targets().map((host) => {
    const facts = truth.facts(host)
    const plan = plans.get(host)
    if (facts !== null && plan !== undefined) return judgedOrLost(host, () => judgeHost(look, { host, facts, plan }))
    const message = truth.loss(host)?.message ?? 'did not answer'
    const lost = finding('UNREACHABLE', { host, path: null, message, fix: `lockstep audit --hosts ${host}` })
    return { findings: [lost], isLost: true }
  })
  const missed = judged.filter(({ isLost }) => isLost).length
  const rolledBack = {
    host: null,
    path: 'ledger',
    message: 'the copies on the hosts are older than the one seen from here',
    fix: 'find out who put them back; lockstep deploy --accept-rolled-back writes the newer one',
  }
  return {
    environment: own.environment,
    hosts: truth.targets(),
    audited: truth.targets().length - missed,
    missed,
    findings: sortFindings([
      ...onProject,
      ...limited(judged.flatMap(({ findings }) => findings)),
      ...leftFindings(own, truth, ledger),
      ...(isRolledBack ? [finding('ROLLED_BACK', rolledBack)] : []),
      ...(unreached === null ? [] : [ledgerFinding(unreached)]),
      ...unreadable.map((host) =>
        finding('NOT-WHOLE', { host, path: 'ledger', message: 'its copy does not open', fix: 'lockstep deploy' }),
      ),
    ]),
  }
}

const judgeHost = (
  look: FleetLook,
  { host, facts, plan }: { readonly host: string; readonly facts: HostFacts; readonly plan: HostPlan },
): readonly Finding[] => {
  const { project, truth, ledger } = look
  const owner = { project: project.manifest.project, environment: project.environment }
  const input = { desired: truth.desired(host), facts, ledger }
  return [
    ...auditHost(input),
    ...auditDelivery({ ...input, plan, isAtWork: look.atWork !== null }),
    ...watchOf(look, host, facts),
    ...toolsOf(host, facts),
    ...auditUnused({ ...input, owner }),
  ]
}

const watchOf = (
  { project, truth, ledger, seen, judged }: FleetLook,
  host: string,
  facts: HostFacts,
): readonly Finding[] => {
  const { directory } = truth.desired(host)
  return auditWatch({
    host,
    directory,
    facts,
    ledger,
    meant: meantToRead(project, truth, host),
    seen: seen[host] ?? null,
    judged: judged[host] ?? null,
  })
}

/** How far the events of each host that answered are judged now. */
const judgedIn = ({ truth, seen, judged }: FleetLook): Readonly<Record<string, SeenEvents>> =>
  Object.fromEntries(
    truth.targets().flatMap((host): [string, SeenEvents][] => {
      const facts = truth.facts(host)
      const before = judged[host] ?? null
      const now = facts === null ? null : judgedNow({ facts, judged: before, seen: seen[host] ?? null })
      return now === null ? [] : [[host, now]]
    }),
  )

const toolsOf = (host: string, { engine }: HostFacts): readonly Finding[] =>
  engine?.program?.endsWith('/docker') === true ? toolFindings(host, 'docker', engine.version ?? '') : []

const ledgerFinding = (unreached: UnreachedLedger): Finding =>
  finding('UNREACHABLE', {
    host: null,
    path: 'ledger',
    message: `${unreachedWords(unreached)}; ${uncheckedWords}`,
    fix: 'bring these hosts back, or run lockstep audit from a clone that has seen it',
  })
