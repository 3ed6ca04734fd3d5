import { rolledBackWords, unreachedWords } from '../../core/fleet/ledger-reach.ts'
import type { FleetScript, Prepared } from '../../core/fleet/fleet.ts'
import { few } from '../../core/names.ts'
import type { Ports } from '../../core/ports.ts'
import { toldRotations, type RotationHistory } from '../../core/rotate/history.ts'
import { rotationNotes } from '../../core/rotate/rotation-notes.ts'
import type { LookOptions } from '../fleet/fleet-look.ts'
import { fleetProject, type FleetProject } from '../fleet/fleet-project.ts'
import { rotationAtWork } from '../fleet/lease.ts'
import { lookWords, readTruth, type FleetTruth } from '../fleet/fleet-truth.ts'
import { readyInventory } from '../fleet/run-delivery.ts'
import { unreachedLedger } from '../fleet/unreached-ledger.ts'
import type { OpenProject } from '../project/open-project.ts'
import type { Project } from '../project/project.ts'
import { withProject } from '../project/with-project.ts'

/** `lockstep rotate history`: out of the newest ledger on the hosts that keep it. Where none answers, out of what this
 *  clone has seen of it last. */
export const rotationHistory = (
  ports: Ports,
  project: Project,
  options: Omit<LookOptions, 'hosts'>,
): Promise<RotationHistory> =>
  withProject(ports, project, { action: 'look' }, async (open) => {
    const { own, truth } = await askKeepers(ports, open, options)
    const found = await truth.ledger()
    const { ledger, isKnown, isReached, isRolledBack, unreadable } = found
    const unreached = unreachedLedger(own, truth, found)
    const isSeenOnly = isKnown && !isReached
    return {
      environment: own.environment,
      isReached: unreached === null && !isSeenOnly,
      ...toldRotations(ledger),
      notes: [
        ...rotationNotes(ledger, rotationAtWork(ports, own, truth, ledger)),
        ...(isSeenOnly ? [`as last seen from here: no copy of the ledger came from ${few(truth.keepers())}`] : []),
        ...(isRolledBack ? [rolledBackWords] : []),
        ...(unreached === null ? [] : [unreachedWords(unreached)]),
        ...unreadable.map((host) => `${host}: its copy of the ledger does not open`),
      ],
    }
  })

interface Asked extends Prepared {
  readonly own: FleetProject
  readonly truth: FleetTruth
}

/** Nobody else is asked. */
const askKeepers = async (
  ports: Ports,
  open: OpenProject,
  { arguments: rest, onHost }: Omit<LookOptions, 'hosts'>,
): Promise<Asked> =>
  ports.fleet.run({
    prepare: async () => prepare(ports, await fleetProject(open), onHost),
    inventory: await readyInventory(ports, open.project, rest),
    directory: open.project.root,
    arguments: rest,
  })

const prepare = (ports: Ports, own: FleetProject, onHost: LookOptions['onHost']): Asked => {
  const truth = readTruth(ports, own, null, { only: [] })
  const script: FleetScript = {
    begin: truth.begin,
    gone: (host, loss) => {
      truth.lose(host, loss)
      onHost(host, lookWords(truth, host))
    },
    phase: async (channel) => {
      await truth.inspect(channel)
      onHost(channel.name, lookWords(truth, channel.name))
      return { changed: false }
    },
  }
  return { own, truth, patterns: truth.patterns, script }
}
