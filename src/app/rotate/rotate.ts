import { SecretsError, hasCode } from '../../core/errors.ts'
import type { FleetScript, HostChannel, Prepared } from '../../core/fleet/fleet.ts'
import type { Inventory } from '../../core/fleet/inventory.ts'
import type { Ports } from '../../core/ports.ts'
import type { WrittenSecret } from '../../core/rotate/rotated-since.ts'
import type { RotationReport } from '../../core/rotate/rotation-report.ts'
import { rotationExit } from '../../core/rotate/rotation-report.ts'
import { randomId } from '../../crypto/derive.ts'
import { runBackup } from '../backup/run-backup.ts'
import type { Delivery } from '../fleet/deliver.ts'
import { runOver } from '../fleet/fleet-over.ts'
import { fleetProject } from '../fleet/fleet-project.ts'
import { lookWords, readTruth } from '../fleet/fleet-truth.ts'
import { makeInstaller } from '../fleet/install-executable.ts'
import { holderName } from '../fleet/lease.ts'
import { readyInventory } from '../fleet/run-delivery.ts'
import type { AccessLog } from '../log/access-log.ts'
import { checkWriter } from '../project/only-writer.ts'
import type { OpenProject } from '../project/open-project.ts'
import type { Project } from '../project/project.ts'
import { withProject, type Intended } from '../project/with-project.ts'
import { refusalNote } from './refusal-note.ts'
import { checkCommittable, checkUnattended, commitRotated, uncommitted } from './commit-rotated.ts'
import type { RotateOptions } from './rotation-context.ts'
import { runRotation } from './run-rotation.ts'

/** `lockstep rotate`: one play over the whole fleet, in which every credential that is meant gets a new value, is
 *  delivered, proved and promoted, and loses its former one. */
export const rotate = (ports: Ports, project: Project, options: RotateOptions): Promise<RotationReport> => {
  let hasBegun = false
  const intended = { ...intendedBy(options), hasBegun: () => hasBegun }
  return withProject(ports, project, intended, async (open, log) => {
    const notes = await beforehand(ports, open, options)
    const opened: Opened = { ports, open, log, written: [], begin: () => (hasBegun = true) }
    const { report } = await ports.fleet.run({
      prepare: () => prepareRotation(opened, options),
      inventory: await readyInventory(ports, project, options.arguments),
      directory: project.root,
      arguments: options.arguments,
    })
    const done = await report()
    if (options.check)
      return { ...done, isRefused: done.isRefused || notes.length > 0, notes: [...notes, ...done.notes] }
    const isDue = isBackupDue(done, opened.written) && !isWhole(options)
    const kept = isDue ? await withBackup(opened, done, options) : done
    const { written } = opened
    const git = await commitRotated(ports, open, { written, plan: done.plan, reason: options.reason })
    return { ...kept, git, notes: [...kept.notes, ...(await uncommitted(ports, open, written))] }
  })
}

/** Something was done; in an emergency perhaps without a backup before it. */
const isBackupDue = ({ backup }: RotationReport, written: readonly unknown[]): boolean =>
  backup !== null || written.length > 0

/** All hosts are connected: those, too, that take copies of backups. */
const isWhole = ({ hosts }: RotateOptions): boolean => hosts === null

/** What would refuse the run before any host is asked; a check notes it.
 *  @throws DENIED, CONFIG, CONFLICT */
const beforehand = async (ports: Ports, open: OpenProject, options: RotateOptions): Promise<readonly string[]> => {
  const { check, mode, isEmergency } = options
  try {
    checkWriter(ports, open.project)
    if (ports.machine.environment['LOCKSTEP_SCHEDULED']) await checkUnattended(ports, open)
    // what was cut off is gone on with, and a value that somebody else has is replaced, whatever git says
    if (mode === 'new' && !isEmergency) await checkCommittable(ports, open)
    return []
  } catch (error) {
    if (!check || !(error instanceof SecretsError)) throw error
    return [refusalNote(error)]
  }
}

/** What was rotated is in no backup before this one. Where it cannot be made, what is done stays done, and that is said. */
const withBackup = async (
  { ports, open }: Pick<Opened, 'ports' | 'open'>,
  done: RotationReport,
  { arguments: rest, onHost, onStep, onStage }: RotateOptions,
): Promise<RotationReport> => {
  if (!done.isOpen) onStage('over')
  onStep('makes a backup with the new values')
  try {
    const prepare = async (): Promise<void> => {}
    const { made, notes } = await runBackup(ports, open, {
      local: false,
      hosts: null,
      arguments: rest,
      onHost,
      prepare,
    })
    return { ...done, backup: made.listed.name, notes: [...done.notes, ...notes] }
  } catch (error) {
    if (!(error instanceof SecretsError)) throw error
    return { ...done, notes: [...done.notes, `no backup holds the new values yet: ${error.message}; lockstep backup`] }
  }
}

const intendedBy = ({ check, hosts }: RotateOptions): Intended<RotationReport> => ({
  action: check ? 'look' : 'deliver',
  names: { hosts: hosts === null ? [] : [hosts] },
  found: (report) => ({
    names: {
      secrets: report.rows.filter(({ end }) => end !== null).flatMap(({ names }) => names),
      hosts: report.hosts.map(({ host }) => host),
    },
    result: rotationExit(report) ?? 'done',
  }),
})

interface Opened {
  readonly ports: Ports
  readonly open: OpenProject
  readonly log: AccessLog
  readonly written: WrittenSecret[]
  /** From here on upstreams and people are asked. */
  readonly begin: () => void
}

interface PreparedRotation extends Prepared {
  /** @throws what ended the run */
  report(): Promise<RotationReport>
}

/** All hosts are looked at first; then one thread of work uses their connections, which stay until it has ended. */
const prepareRotation = async (
  { ports, open, log, written, begin }: Opened,
  options: RotateOptions,
): Promise<PreparedRotation> => {
  const project = await fleetProject(open, log.head())
  const who = { run: randomId(ports.random), holder: holderName(ports.machine) }
  const truth = readTruth(ports, project, options.hosts, { abandoned: options.abandon, isLook: options.check })
  const channels = new Map<string, HostChannel>()
  const carried: { delivery: Delivery | null } = { delivery: null }
  const executable = makeInstaller(ports).own
  let inventory: Inventory = { hosts: {}, groups: null, patterns: {} }
  let work: Promise<RotationReport> | null = null

  const start = async (): Promise<RotationReport> => {
    begin()
    await truth.settled([...new Set([...truth.targets(), ...truth.keepers()])])
    const running = new AbortController()
    const [signal, stop] = [running.signal, (): void => running.abort()]
    const rest = { inventory, who, options, channels, signal, stop, written, carried, executable }
    const done = await runRotation({ ports, open, log, project, truth, ...rest })
    if (!isBackupDue(done, written) || !isWhole(options)) return done
    // over connections that are there: another play would take Ansible a second to start
    const fleet = { ...ports.fleet, run: runOver(channels, inventory) }
    return withBackup({ ports: { ...ports, fleet }, open }, done, options)
  }
  const begun = (): Promise<RotationReport> => {
    work ??= start()
    return work
  }

  const script: FleetScript = {
    begin: (found) => {
      inventory = found
      return truth.begin(found)
    },
    gone: (host, loss) => {
      channels.delete(host)
      truth.lose(host, loss)
      carried.delivery?.script.gone(host, loss)
      options.onHost(host, lookWords(truth, host))
    },
    phase: async (channel) => {
      channels.set(channel.name, channel)
      await truth.inspect(channel)
      options.onHost(channel.name, lookWords(truth, channel.name))
      try {
        const { hosts } = await begun()
        return { changed: hosts.some(({ host, state }) => host === channel.name && state !== 'kept') }
      } catch (error) {
        // told once, by the report
        if (hasCode(error, 'INTERNAL')) throw error
        return { changed: false }
      }
    },
  }
  return { patterns: truth.patterns, script, report: begun }
}
