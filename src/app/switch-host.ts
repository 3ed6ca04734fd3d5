import type { ContainerTarget } from '../core/container-command.ts'
import type { ContainerOutcome, HostProblem } from '../core/delivery-report.ts'
import type { ContainerPlan, HostPlan } from '../core/delivery-plan.ts'
import { hasCode } from '../core/errors.ts'
import { problemOf } from '../core/delivery-report.ts'
import type { HostChannel } from '../core/fleet.ts'
import type { HostFacts } from '../core/host-facts.ts'
import type { Container, Rollout } from '../core/manifest.ts'
import { pageAddress } from '../core/page-address.ts'
import { isProved, proveContainer } from '../core/proof.ts'
import type { ContainerProof } from '../core/proof.ts'
import { consumerOf, logsOf } from './consumer.ts'
import { pruneHost, replaceContainer, settleContainer, switchHost } from './host-steps.ts'
import type { Consumer, HostTarget, Replaced } from './host-steps.ts'

export interface SwitchInput {
  readonly host: HostChannel
  readonly target: HostTarget
  readonly plan: HostPlan
  /** As the host was before anything was changed. */
  readonly units: HostFacts['units']
  readonly generation: { readonly number: number; readonly id: string }
  /** The generation in force before; null: none. */
  readonly before: { readonly number: number; readonly id: string } | null
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
}

/** Switches one host and re-creates its containers one by one; each is proved, or all of them go back. */
export const switchAndProve = async (input: SwitchInput): Promise<SwitchOutcome> => {
  const { host, target, plan, generation } = input
  const outcomes: ContainerOutcome[] = plan.containers.filter((one) => one.action === 'keep').map(kept)
  const replaced: ContainerPlan[] = []
  try {
    if (plan.action === 'deliver') {
      input.onStep(`switches to generation ${generation.number}`)
      await switchHost(host, target, generation, input.replaceFiles)
    }
    for (const one of plan.containers.filter((each) => each.action !== 'keep')) {
      input.onStep(`${one.action === 'refresh' ? 'refreshes' : 're-creates'} ${one.container.name}`)
      replaced.push(one)
      const { proof, reason } = await replaceOne(input, one)
      outcomes.push({ container: one.container.name, action: one.action, why: one.why, proof })
      if (!isProved(proof, input.rollout.proof, one.container)) {
        return { ...(await goBack(input, replaced, `${one.container.name}: ${reason}`)), containers: outcomes }
      }
    }
    for (const one of replaced) await settleContainer(host, target, consumer(input, one), 'new')
    const { removed } = await pruneHost(host, target, input.keep, input.release)
    return { ok: true, containers: outcomes, problem: null, removed: removed ?? [] }
  } catch (error) {
    if (!hasCode(error, 'UNAVAILABLE', 'CONFIG', 'CONFLICT', 'TAMPERED', 'UNSAFE', 'DENIED', 'INTERNAL')) throw error
    return { ok: false, containers: outcomes, problem: problemOf(error), removed: [] }
  }
}

const kept = (one: ContainerPlan): ContainerOutcome => ({
  container: one.container.name,
  action: one.action,
  why: one.why,
  proof: null,
})

const consumer = (input: SwitchInput, one: ContainerPlan): Consumer =>
  consumerOf(one, input.containerTarget(one.container), input.units[one.container.name] ?? null)

const replaceOne = async (
  input: SwitchInput,
  one: ContainerPlan,
): Promise<{ readonly proof: ContainerProof; readonly reason: string }> => {
  const { container } = one
  const { health, status } = container
  try {
    const done = await replaceContainer(input.host, input.target, {
      consumer: consumer(input, one),
      health: health?.kind === 'http' ? pageAddress(container, health.target) : null,
      healthCommand: health?.kind === 'command' ? health.command : null,
      status: status === null ? null : pageAddress(container, status),
      healthSeconds: Math.ceil(input.rollout.healthWithin / 1000),
    })
    const proof = judge(container, input.containerTarget(container).directory, done)
    return { proof, reason: done.reason ?? proof.note ?? 'it is not ready' }
  } catch (error) {
    if (!hasCode(error, 'UNAVAILABLE', 'CONFIG', 'TAMPERED', 'UNSAFE', 'DENIED', 'INTERNAL')) throw error
    const reason = [error.message, error.hint].filter(Boolean).join('; ')
    return { proof: { proof: 'none', generation: null, state: 'stopped', note: error.message }, reason }
  }
}

const judge = (container: Container, directory: string, done: Replaced): ContainerProof => {
  if (!done.started) return { proof: 'none', generation: null, state: 'stopped', note: done.reason }
  const found = proveContainer({ container, directory, found: done.containers, unit: done.unit, live: done.live })
  if (done.ready === true) return found
  return { ...found, state: found.state === 'ready' ? 'starting' : found.state, note: done.reason ?? found.note }
}

/** The way back on one host: the old generation in force, the old containers running. */
const goBack = async (
  input: SwitchInput,
  replaced: readonly ContainerPlan[],
  reason: string,
): Promise<Omit<SwitchOutcome, 'containers'>> => {
  const { host, target, plan, before } = input
  input.onStep('goes back')
  for (const one of replaced.toReversed()) await settleContainer(host, target, consumer(input, one), 'old')
  if (plan.action === 'deliver' && before !== null) await switchHost(host, target, before, false)
  await pruneHost(host, target, before === null ? [input.generation.number] : [before.number], input.release)
  const message =
    before === null ? `${reason}; nothing to go back to` : `${reason}; put back on generation ${before.number}`
  return {
    ok: false,
    problem: { code: 'PARTIAL', message, hint: hintOf(input, replaced) },
    removed: before === null ? [] : [input.generation.number],
  }
}

const hintOf = (input: SwitchInput, replaced: readonly ContainerPlan[]): string | null => {
  const last = replaced.at(-1)?.container
  return last === undefined ? null : `${logsOf(last, input.containerTarget(last), input.engine)} on ${input.host.name}`
}
