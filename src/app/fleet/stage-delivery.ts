import type { HostPlan } from '../../core/fleet/delivery-plan.ts'
import { outcomeOf } from '../../core/fleet/delivery-report.ts'
import type { HostChannel } from '../../core/fleet/fleet.ts'
import type { HostFacts } from '../../core/fleet/host-facts.ts'
import type { DeliveryContext } from './delivery-context.ts'
import { doneState, factsOf, inForce, keepOf, targetOf } from './delivery-context.ts'
import { enrolHost, stageHost } from './host-steps.ts'
import type { Installer } from './install-executable.ts'
import type { FleetPlan } from './plan-delivery.ts'
import type { Recorder } from './record-delivery.ts'
import type { Watcher } from '../watch/watcher.ts'
import { sealGeneration } from './seal-generation.ts'
import type { SealedFile } from './seal-generation.ts'

/** Brings one host what it should have, beside what is in force there. A host with nothing to re-create is switched in
 *  the same call (`isWhole`: we run the play), which makes it done with. */
export const stage = async (
  context: DeliveryContext & {
    readonly installer: Installer
    readonly recorder: Recorder
    readonly watcher: Watcher | null
  },
  fleet: FleetPlan,
  channel: HostChannel,
  isWhole: boolean,
): Promise<void> => {
  const { options, truth, who, progress } = context
  const host = channel.name
  const one = fleet.hosts.get(host)
  if (one === undefined) return
  if (one.action === 'refused') return progress.finish(outcomeOf(one, 'refused'))
  if (one.action === 'keep') return progress.finish(outcomeOf(one, 'kept'))
  if (options.check || channel.check) return progress.finish(outcomeOf(one, 'planned'))
  const facts = factsOf(context, host)
  const target = targetOf(context, fleet, host)
  const isKeeper = truth.keepers().includes(host)
  const isLean = !one.installs && one.watch === undefined
  const isQuiet = isWhole && isLean && one.containers.every((container) => container.action === 'keep')
  const { head, files } = await generationFiles(context, fleet, one, facts)
  const ledger = (await fleet.intent?.sealed()) ?? null
  options.onHost(host, one.action === 'deliver' ? `receives generation ${head.number}` : 'is prepared')
  await context.recorder.begin(fleet)
  if (facts.identity === null) await enrolHost(channel, target)
  if (isWhole && fleet.isFirst && !isKeeper) await keepersStaged(context)
  progress.touched.add(host)
  const done = await stageHost(channel, target, {
    generation: head,
    files,
    holder: who.holder,
    over: fleet.over.get(host) ?? null,
    ledger: isKeeper ? ledger : null,
    switchNow: isQuiet ? { keep: keepOf(one, facts), release: !isKeeper, replace: options.replaceFiles } : null,
  })
  if (one.installs) await context.installer.install(channel, target)
  if (one.watch !== undefined) await context.watcher?.change(channel, target, { facts, change: one.watch })
  progress.prepared.add(host)
  progress.endings.set(host, { host, current: one.from, removed: [] })
  if (!isQuiet) return progress.staged.pass(host)
  progress.finish(outcomeOf(one, doneState(one)), { host, current: one.to, removed: done.removed ?? [] })
}

/** Where there is no ledger yet, no host switches before those that keep it have it: then one that has secrets, in a
 *  fleet without a ledger, says that somebody deleted it. */
const keepersStaged = ({ truth, progress }: DeliveryContext): Promise<void> =>
  progress.staged.whenAll(truth.keepers().filter((keeper) => truth.targets().includes(keeper)))

interface Sealed {
  readonly head: { readonly number: number; readonly id: string }
  readonly files: readonly SealedFile[]
}

/** What travels: nothing where the generation lies there already. */
const generationFiles = async (
  { project, truth, ports, passwords }: DeliveryContext,
  fleet: FleetPlan,
  one: HostPlan,
  facts: HostFacts,
): Promise<Sealed> => {
  const head = fleet.generations.get(one.host)
  if (head === undefined) return { head: inForce(facts, one), files: [] }
  const { number, id } = head
  if (one.isStaged) return { head: { number, id }, files: [] }
  const files = await sealGeneration(
    project,
    truth.desired(one.host),
    { number, id, revision: fleet.revision },
    { random: ports.random, passwords },
  )
  return { head: { number, id }, files }
}
