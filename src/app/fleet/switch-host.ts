import type { ContainerTarget } from '../../core/containers/container-command.ts'
import type { ContainerOutcome, HostProblem } from '../../core/fleet/delivery-report.ts'
import type { ContainerPlan, HostPlan } from '../../core/fleet/delivery-plan.ts'
import { SecretsError } from '../../core/errors.ts'
import { problemOf } from '../../core/fleet/delivery-report.ts'
import type { HostChannel } from '../../core/fleet/fleet.ts'
import type { HostFacts } from '../../core/fleet/host-facts.ts'
import type { Container, Rollout } from '../../core/manifest/manifest.ts'
import { pageAddress } from '../../core/containers/page-address.ts'
import { isProved, proveContainer, whyNot } from '../../core/containers/proof.ts'
import { replaceContainer, settleContainer } from './consumer-steps.ts'
import type { Replaced } from './consumer-steps.ts'
import { pruneHost, switchHost } from './host-steps.ts'
import type { HostTarget } from './host-steps.ts'
import { consumerIn, firstObstacle, goBack, leaveAsItWas } from './way-back.ts'
import type { Attempt } from './way-back.ts'

export interface SwitchInput {
  readonly host: HostChannel
  readonly target: HostTarget
  readonly plan: HostPlan
  /** As the host was before anything was changed. */
  readonly units: HostFacts['units']
  readonly generation: { readonly number: number; readonly id: string }
  /** The generation in force before; null: none. */
  readonly before: { readonly number: number; readonly id: string } | null
  /** Generations that were there before this delivery. */
  readonly there: readonly number[]
  /** Generations that stay when all went well. */
  readonly keep: readonly number[]
  readonly rollout: Rollout
  readonly replaceFiles: boolean
  /** Let go of the host at the end; not where the ledger has still to be written. */
  readonly release: boolean
  readonly engine: 'docker' | 'podman'
  /** What the engine is told about a container, for labels. */
  readonly containerTarget: (container: Container) => ContainerTarget
  readonly onStep: (what: string) => void
}

export interface SwitchOutcome {
  readonly ok: boolean
  readonly containers: readonly ContainerOutcome[]
  readonly problem: HostProblem | null
  readonly removed: readonly number[]
  /** What did not come about, and does not matter to what is in force. */
  readonly note: string | null
}

/** Switches one host and re-creates its containers one by one; each is proved, or all of them go back. */
export const switchAndProve = async (input: SwitchInput): Promise<SwitchOutcome> => {
  const { host, target, plan, generation } = input
  const outcomes: ContainerOutcome[] = plan.containers.filter((one) => one.action === 'keep').map(kept)
  const replaced: ContainerPlan[] = []
  try {
    const obstacle = await firstObstacle(input)
    if (obstacle !== null) return { ...(await leaveAsItWas(input, obstacle)), containers: plan.containers.map(kept) }
    if (plan.action === 'deliver') {
      input.onStep(`switches to generation ${generation.number}`)
      await switchHost(host, target, generation, input.replaceFiles)
    }
    for (const one of plan.containers.filter((each) => each.action !== 'keep')) {
      input.onStep(`${one.action === 'refresh' ? 'refreshes' : 're-creates'} ${one.container.name}`)
      replaced.push(one)
      const done = await replaceOne(input, one)
      outcomes.push({ container: one.container.name, action: one.action, why: one.why, proof: done.proof })
      if (!isProved(done.proof, input.rollout.proof, one.container)) {
        return { ...(await goBack(input, replaced, done)), containers: outcomes }
      }
    }
    for (const one of replaced) await settleContainer(host, target, consumerIn(input, one), 'new')
    return { ok: true, containers: outcomes, problem: null, ...(await tidy(input)) }
  } catch (error) {
    if (!(error instanceof SecretsError)) throw error
    return { ok: false, containers: outcomes, problem: problemOf(error), removed: [], note: null }
  }
}

/** The new generation is proved: an old one that stays for now is no reason to stop. */
const tidy = async ({ host, target, keep, release }: SwitchInput): Promise<Pick<SwitchOutcome, 'removed' | 'note'>> => {
  try {
    const { removed } = await pruneHost(host, target, { keep, release, succeeded: true })
    return { removed: removed ?? [], note: null }
  } catch (error) {
    if (!isOfHost(error)) throw error
    return { removed: [], note: `old generations stay until the next delivery: ${error.message}` }
  }
}

/** All but a lost lease: there another run is at work, and going on or back would undo what it does. */
const isOfHost = (error: unknown): error is SecretsError => error instanceof SecretsError && error.code !== 'CONFLICT'

const kept = ({ container, why }: ContainerPlan): ContainerOutcome => ({
  container: container.name,
  action: 'keep',
  why,
  proof: null,
})

const replaceOne = async (input: SwitchInput, one: ContainerPlan): Promise<Attempt> => {
  const { container } = one
  const { health, status } = container
  try {
    const done = await replaceContainer(input.host, input.target, {
      consumer: consumerIn(input, one),
      health: health?.kind === 'http' ? pageAddress(container, health.target) : null,
      healthCommand: health?.kind === 'command' ? health.command : null,
      status: status === null ? null : pageAddress(container, status),
      healthSeconds: Math.ceil(input.rollout.healthWithin / 1000),
    })
    return judge(container, input.containerTarget(container).directory, done)
  } catch (error) {
    if (!isOfHost(error)) throw error
    const reason = [error.message, error.hint].filter(Boolean).join('; ')
    return { proof: { proof: 'none', generation: null, state: 'stopped', note: error.message }, reason, started: false }
  }
}

const judge = (container: Container, directory: string, done: Replaced): Attempt => {
  const { started, ready, reason, containers: found, unit, live } = done
  if (!started) {
    const proof = { proof: 'none', generation: null, state: 'stopped', note: reason } as const
    return { proof, reason: reason ?? 'it did not start', started }
  }
  const proof = proveContainer({ container, directory, found, unit, live, isEngineSilent: false })
  const why = whyNot(reason, proof)
  if (ready === true) return { proof, reason: why, started }
  const state = proof.state === 'ready' ? 'starting' : proof.state
  return { proof: { ...proof, state, note: reason ?? proof.note }, reason: why, started }
}
