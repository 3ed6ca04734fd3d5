import { backupWords } from '../../core/backup/backup-status.ts'
import { problemOf } from '../../core/fleet/delivery-report.ts'
import { fail } from '../../core/errors.ts'
import type { ContainerStatus, HostStatus, StatusReport } from '../../core/fleet/status-report.ts'
import { hostInStep, hostStatus, watchStatus } from '../../core/fleet/status-report.ts'
import { instancesOf, isEngineSilent } from '../../core/containers/instances.ts'
import { rolledBackWords, uncheckedWords, unreachedWords } from '../../core/fleet/ledger-reach.ts'
import type { Ledger } from '../../core/fleet/ledger.ts'
import { isLive } from '../../core/containers/live.ts'
import type { Container } from '../../core/manifest/manifest.ts'
import type { Ports } from '../../core/ports.ts'
import { endedFix, endedInForce, endedWords } from '../../core/rotate/ended.ts'
import { rotationNotes } from '../../core/rotate/rotation-notes.ts'
import { proveContainer, type ContainerProof } from '../../core/containers/proof.ts'
import { broughtWatch } from '../../core/watch/watch-plan.ts'
import type { FleetProject } from './fleet-project.ts'
import type { LookOptions } from './fleet-look.ts'
import { lookAtFleet } from './fleet-look.ts'
import type { FleetTruth } from './fleet-truth.ts'
import { leftNotes } from './left-hosts.ts'
import { knownBackups } from '../backup/known-backups.ts'
import { listSecrets } from '../secrets/list.ts'
import { withProject } from '../project/with-project.ts'
import type { Project } from '../project/project.ts'

/** `lockstep status`: the truth on the hosts beside what the project says. */
export const fleetStatus = (ports: Ports, project: Project, options: LookOptions): Promise<StatusReport> =>
  withProject(ports, project, { action: 'look' }, async (open) => {
    const look = await lookAtFleet(ports, open, { ...options, walk: false })
    const { project: own, truth, ledger, isRolledBack, unreadable, unreached, atWork, rotations, plans } = look
    const hosts = truth.targets().map((host): HostStatus => {
      const plan = plans.get(host)
      if (plan === undefined) return lostStatus(truth, host)
      const facts = truth.facts(host)
      const watch = watchStatus(facts?.watch ?? null, broughtWatch(ledger, host, facts) !== null)
      const { rung } = truth.desired(host)
      return hostStatus(plan, { rung, containers: containersOf(own, truth, host), watch })
    })
    const left = leftNotes(own, truth, ledger)
    const isHalf = (ledger.rotation ?? null) !== null
    const isSound = left.length === 0 && !isHalf && !isRolledBack && unreached === null && unreadable.length === 0
    const listed = listSecrets(project.manifest, await open.metadata(), ports.clock.now())
    const backup = await knownBackups(ports, open, look)
    return {
      environment: own.environment,
      revision: ledger.revision,
      hosts,
      backup: { ...backup, says: backupWords(backup, ports.clock.now()) },
      rotations,
      isAtWork: atWork !== null,
      isInStep: isSound && hosts.every(hostInStep),
      overdue: listed.filter((one) => one.state === 'overdue').map(({ name, age, every }) => ({ name, age, every })),
      notes: [
        ...truth.notes().map((note) => `${note.at}: ${note.message}`),
        ...left,
        ...rotationNotes(ledger, atWork),
        ...(atWork === null ? truth.targets().flatMap((host) => endedOn(truth, host, ledger)) : []),
        ...truth.targets().flatMap((host) => keyRemains(truth, host)),
        ...(isRolledBack ? [rolledBackWords] : []),
        ...(unreached === null ? [] : [`${unreachedWords(unreached)}; ${uncheckedWords}`]),
        ...unreadable.map((host) => `${host}: its copy of the ledger does not open`),
      ],
    }
  })

const endedOn = (truth: FleetTruth, host: string, ledger: Ledger): readonly string[] => {
  const facts = truth.facts(host)
  const ended = facts === null ? null : endedWords(endedInForce(ledger, facts, truth.desired(host)))
  return ended === null ? [] : [`${host}: ${ended}; ${endedFix} brings the new one`]
}

/** `rm vault-password` removes a link only: the password itself is in the generations. */
const keyRemains = (truth: FleetTruth, host: string): readonly string[] => {
  const facts = truth.facts(host)
  const manifest = facts?.scopes['host']?.manifest ?? null
  if (facts === null || manifest === null || facts.links.includes('vault-password')) return []
  return [`${host}: KEY-REMAINS: vault-password is gone, its copies are not; see lockstep audit --hosts ${host}`]
}

const lostStatus = (truth: FleetTruth, host: string): HostStatus => {
  const loss = truth.loss(host) ?? fail('UNAVAILABLE', 'did not answer', { at: host })
  return {
    host,
    rung: truth.rung(host),
    state: loss.code === 'UNAVAILABLE' ? 'unreachable' : 'problem',
    generation: null,
    next: null,
    reason: null,
    containers: [],
    watch: null,
    problem: problemOf(loss),
  }
}

const containersOf = (project: FleetProject, truth: FleetTruth, host: string): readonly ContainerStatus[] =>
  truth.desired(host).containers.map((container) => {
    const { proof, generation, state, note } = proofOn(project, truth, host, container)
    return { container: container.name, runs: generation, proof, state, note }
  })

/** What one container on a host was proved to run when the host was looked at. */
export const proofOn = (
  project: Pick<FleetProject, 'manifest' | 'environment'>,
  truth: Pick<FleetTruth, 'facts' | 'desired'>,
  host: string,
  container: Container,
): ContainerProof => {
  const { directory } = truth.desired(host)
  const facts = truth.facts(host)
  const owner = { project: project.manifest.project, environment: project.environment }
  const found = facts === null ? [] : instancesOf(container, owner, facts)
  const unit = facts?.units[container.name] ?? null
  const live = isLive(container) ? (facts?.live[container.name] ?? null) : null
  const isSilent = facts !== null && isEngineSilent(facts)
  return proveContainer({ container, directory, found, unit, live, isEngineSilent: isSilent })
}
