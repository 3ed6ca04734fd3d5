import type { ContainerTarget } from '../../core/containers/container-command.ts'
import type { HostPlan } from '../../core/fleet/delivery-plan.ts'
import type { HostOutcome } from '../../core/fleet/delivery-report.ts'
import { outcomeOf } from '../../core/fleet/delivery-report.ts'
import type { HostChannel } from '../../core/fleet/fleet.ts'
import { engineWord } from '../../core/containers/instances.ts'
import type { Container } from '../../core/manifest/manifest.ts'
import { scopeDigest } from '../../crypto/scope-digest.ts'
import type { DeliveryContext } from './delivery-context.ts'
import { doneState, factsOf, inForce, keepOf, targetOf } from './delivery-context.ts'
import type { FleetPlan } from './plan-delivery.ts'
import { contentDigest, specDigest } from './plan-hosts.ts'
import type { Turns } from './turns.ts'
import { valuesOf } from './seal-generation.ts'
import { switchAndProve } from './switch-host.ts'
import type { SwitchInput, SwitchOutcome } from './switch-host.ts'

/** Waits for this host's turn, then puts in force what is staged there. */
export const switchOver = async (
  context: DeliveryContext & { readonly rollout: Turns },
  fleet: FleetPlan,
  channel: HostChannel,
): Promise<void> => {
  const { progress, rollout, truth } = context
  const one = fleet.hosts.get(channel.name)
  if (one === undefined || progress.outcomes.has(channel.name)) return
  const done = await rollout.turn(channel.name, () => switchAndProve(switchInput(context, fleet, channel, one)))
  if (done === null) return progress.finish(heldBack(one, rollout.stoppedBy()))
  if (done.note !== null) truth.remark(one.host, done.note)
  const current = done.ok ? one.to : one.from
  progress.finish(switchedOutcome(one, done), { host: one.host, current, removed: done.removed })
}

const heldBack = (one: HostPlan, stoppedBy: string | null): HostOutcome => {
  const message = `held back: ${stoppedBy ?? 'another host'} failed first`
  const problem = { code: 'PARTIAL' as const, message, hint: 'see what failed there, then run this again' }
  return { ...outcomeOf(one, 'held-back'), problem }
}

const switchedOutcome = (one: HostPlan, done: SwitchOutcome): HostOutcome => ({
  ...outcomeOf(one, done.ok ? doneState(one) : 'failed'),
  containers: done.containers,
  problem: done.problem,
})

const switchInput = (context: DeliveryContext, fleet: FleetPlan, host: HostChannel, plan: HostPlan): SwitchInput => {
  const { project, options, truth } = context
  const facts = factsOf(context, host.name)
  const { number, id } = fleet.generations.get(host.name) ?? inForce(facts, plan)
  const generation = { number, id }
  return {
    host,
    target: targetOf(context, fleet, host.name),
    plan,
    units: facts.units,
    generation,
    before: facts.scopes['host']?.manifest?.generation ?? null,
    there: facts.generations,
    keep: keepOf(plan, facts),
    rollout: project.manifest.rollout,
    replaceFiles: options.replaceFiles,
    engine: engineWord(facts),
    release: !truth.keepers().includes(host.name),
    onStep: (what) => options.onHost(host.name, what),
    containerTarget: (container) => ({
      generation,
      revision: fleet.revision,
      ...containerContent(context, host.name, container),
    }),
  }
}

/** What the engine is told about a container, the generation aside. */
const containerContent = (
  { project, truth }: DeliveryContext,
  host: string,
  container: Container,
): Omit<ContainerTarget, 'generation' | 'revision'> => {
  const want = truth.desired(host)
  const scope = `container/${container.name}`
  return {
    project: project.manifest.project,
    environment: project.environment,
    directory: want.directory,
    content: want.scopes
      .filter((one) => one.scope === scope)
      .map(contentDigest)
      .join(''),
    digest: scopeDigest(project.keys.host(host), valuesOf(project, want, scope)),
    spec: specDigest(container),
  }
}
