import type { ContainerPlan } from '../../core/fleet/delivery-plan.ts'
import { hasCode } from '../../core/errors.ts'
import type { SecretsError } from '../../core/errors.ts'
import type { ContainerProof } from '../../core/containers/proof.ts'
import { consumerOf, logsOf } from './consumer.ts'
import { prepareContainer, settleContainer } from './consumer-steps.ts'
import type { Consumer } from './consumer-steps.ts'
import { pruneHost, switchHost } from './host-steps.ts'
import type { SwitchInput, SwitchOutcome } from './switch-host.ts'

/** How replacing one container went. */
export interface Attempt {
  readonly proof: ContainerProof
  /** Why it is not good enough. */
  readonly reason: string
  /** It came so far that its log may say why. */
  readonly started: boolean
}

/** What would keep one container from being started at all. */
export interface Obstacle {
  readonly one: ContainerPlan
  readonly error: SecretsError
}

type Unchanged = Omit<SwitchOutcome, 'containers'>

export const consumerIn = (input: SwitchInput, one: ContainerPlan): Consumer =>
  consumerOf(one, input.containerTarget(one.container), input.units[one.container.name] ?? null)

/** Asked before anything on the host is touched; null: none. */
export const firstObstacle = async (input: SwitchInput): Promise<Obstacle | null> => {
  for (const one of input.plan.containers.filter(isFromImage)) {
    input.onStep(`sees to the image of ${one.container.name}`)
    try {
      await prepareContainer(input.host, input.target, consumerIn(input, one))
    } catch (error) {
      if (!hasCode(error, 'UNAVAILABLE', 'CONFIG')) throw error
      return { one, error }
    }
  }
  return null
}

const isFromImage = ({ action, container }: ContainerPlan): boolean =>
  container.runs.kind === 'image' && (action === 'create' || action === 'recreate')

/** Nothing was switched yet: only what was staged goes. */
export const leaveAsItWas = async (input: SwitchInput, { one, error }: Obstacle): Promise<Unchanged> => {
  const { host, target, there, release } = input
  const { removed } = await pruneHost(host, target, { keep: there, release, succeeded: false })
  const message = `${one.container.name}: ${error.message}; nothing was touched`
  const hint = error.hint ?? imageHint(input, one)
  return { ok: false, problem: { code: 'PARTIAL', message, hint }, removed: removed ?? [], note: null }
}

const imageHint = ({ engine, host }: SwitchInput, { container: { runs } }: ContainerPlan): string | null =>
  runs.kind === 'image'
    ? `on ${host.name}: ${engine} pull ${runs.image}, or ${engine} load -i its archive; or correct \`image:\``
    : null

/** The way back on one host: the old generation in force, the old containers running. The last one replaced is the one
 *  that failed. */
export const goBack = async (
  input: SwitchInput,
  replaced: readonly ContainerPlan[],
  { reason, started }: Attempt,
): Promise<Unchanged> => {
  const { host, target, plan, before, release } = input
  input.onStep('goes back')
  let isKept = false
  for (const one of replaced.toReversed()) {
    const consumer = { ...consumerIn(input, one), failed: started && one === replaced.at(-1) }
    const { kept } = await settleContainer(host, target, consumer, 'old')
    isKept ||= kept === true
  }
  if (plan.action === 'deliver' && before !== null) await switchHost(host, target, before, false)
  const keep = before === null ? [input.generation.number] : [before.number]
  const { removed } = await pruneHost(host, target, { keep, release, succeeded: false })
  const end = before === null ? 'nothing to go back to' : `put back on generation ${before.number}`
  const problem = {
    code: 'PARTIAL',
    message: `${replaced.at(-1)?.container.name ?? '?'}: ${reason}; ${end}`,
    hint: hintOf(input, replaced, isKept),
  } as const
  return { ok: false, problem, removed: removed ?? [], note: null }
}

const hintOf = (input: SwitchInput, replaced: readonly ContainerPlan[], isKept: boolean): string | null => {
  const last = replaced.at(-1)
  if (last === undefined) return null
  const logs = logsOf(last, input.containerTarget(last.container), input.engine, isKept)
  return logs === null ? `mend that on ${input.host.name}, then run this again` : `${logs} on ${input.host.name}`
}
