import { containerName, needsImageCommand, pageAddress, runArguments } from '../core/container-command.ts'
import type { ContainerTarget } from '../core/container-command.ts'
import type { ContainerOutcome, HostProblem } from '../core/delivery-report.ts'
import type { ContainerPlan, HostPlan } from '../core/delivery-plan.ts'
import { hasCode } from '../core/errors.ts'
import { problemOf } from '../core/delivery-report.ts'
import type { HostChannel } from '../core/fleet.ts'
import type { Container, Rollout } from '../core/manifest.ts'
import { isProved, proveContainer } from '../core/proof.ts'
import type { ContainerProof } from '../core/proof.ts'
import { pruneHost, replaceContainer, settleContainer, switchHost } from './host-steps.ts'
import type { HostTarget, Replaced } from './host-steps.ts'

export interface SwitchInput {
  readonly host: HostChannel
  readonly target: HostTarget
  readonly plan: HostPlan
  readonly generation: { readonly number: number; readonly id: string }
  /** The generation in force before; null: none. */
  readonly before: { readonly number: number; readonly id: string } | null
  readonly rollout: Rollout
  readonly replaceFiles: boolean
  /** Let go of the host at the end; not where the ledger has still to be written. */
  readonly release: boolean
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
      input.onStep(`re-creates ${one.container.name}`)
      replaced.push(one)
      const { proof, reason } = await replaceOne(input, one)
      outcomes.push({ container: one.container.name, action: one.action, why: one.why, proof })
      if (!isProved(proof, input.rollout.proof, one.container)) {
        return { ...(await goBack(input, replaced, `${one.container.name}: ${reason}`)), containers: outcomes }
      }
    }
    for (const one of replaced) await settleContainer(host, target, one.name, 'new')
    const keep = [generation.number, ...(input.before === null ? [] : [input.before.number])]
    const { removed } = await pruneHost(host, target, keep, input.release)
    return { ok: true, containers: outcomes, problem: null, removed: removed ?? [] }
  } catch (error) {
    if (!hasCode(error, 'UNAVAILABLE', 'CONFLICT', 'TAMPERED', 'UNSAFE', 'DENIED', 'INTERNAL')) throw error
    return { ok: false, containers: outcomes, problem: problemOf(error), removed: [] }
  }
}

const kept = (one: ContainerPlan): ContainerOutcome => ({
  container: one.container.name,
  action: one.action,
  why: one.why,
  proof: null,
})

const replaceOne = async (
  input: SwitchInput,
  plan: ContainerPlan,
): Promise<{ readonly proof: ContainerProof; readonly reason: string }> => {
  const { container } = plan
  const containerTarget = input.containerTarget(container)
  const done = await replaceContainer(input.host, input.target, {
    name: plan.name,
    argv: runArguments(container, containerTarget),
    needsImageCommand: needsImageCommand(container),
    health: container.health?.kind === 'http' ? pageAddress(container, container.health.target) : null,
    status: container.status === null ? null : pageAddress(container, container.status),
    healthSeconds: Math.ceil(input.rollout.healthWithin / 1000),
  })
  const proof = judge(container, containerTarget, done)
  return { proof, reason: done.reason ?? proof.note ?? 'it is not ready' }
}

const judge = (container: Container, target: ContainerTarget, done: Replaced): ContainerProof => {
  const { directory } = target
  if (!done.started) return { proof: 'none', generation: null, state: 'stopped', note: done.reason }
  const found = proveContainer({ container, directory, facts: done.container })
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
  for (const one of replaced.toReversed()) await settleContainer(host, target, one.name, 'old')
  if (plan.action === 'deliver' && before !== null) await switchHost(host, target, before, false)
  await pruneHost(host, target, before === null ? [input.generation.number] : [before.number], input.release)
  const message =
    before === null ? `${reason}; nothing to go back to` : `${reason}; put back on generation ${before.number}`
  return {
    ok: false,
    problem: { code: 'PARTIAL', message, hint: `docker logs ${containerNameOf(input, replaced)} on ${host.name}` },
    removed: before === null ? [] : [input.generation.number],
  }
}

const containerNameOf = (input: SwitchInput, replaced: readonly ContainerPlan[]): string =>
  replaced.at(-1)?.name ?? containerName(input.target.identity.project, input.target.identity.environment, 'container')
