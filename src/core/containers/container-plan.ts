import { containerName } from './container-command.ts'
import type { ContainerTarget } from './container-command.ts'
import type { PlanInput } from '../fleet/delivery-plan.ts'
import type { ContainerFacts } from '../fleet/host-facts.ts'
import { instancesOf, isUnsettled } from './instances.ts'
import { isLive } from './live.ts'
import type { Container } from '../manifest/manifest.ts'
import { unitDropIn } from './unit-drop-in.ts'
import { startsByItself } from './unit-facts.ts'

export interface ContainerPlan {
  readonly container: Container
  /** Of the container, the unit, or `file#service`. */
  readonly name: string
  /** `refresh`: new values where it sees them without being re-created. */
  readonly action: 'create' | 'recreate' | 'refresh' | 'keep'
  readonly why: string
}

/** What has to be done about each declared container. */
export const containerPlans = (input: PlanInput): readonly ContainerPlan[] =>
  input.desired.containers.map((container) => {
    const found = instancesOf(container, input, input.facts)
    const name = programName(container, input)
    const why = reasonToReplace(input, container, found)
    if (why !== null) return { container, name, action: found.length === 0 ? 'create' : 'recreate', why }
    const news = isLive(container) ? reasonToRefresh(input, container) : null
    return { container, name, action: news === null ? 'keep' : 'refresh', why: news ?? 'in step' }
  })

/** What a person calls it on the host. */
const programName = ({ runs, name }: Container, { project, environment }: PlanInput): string => {
  if (runs.kind === 'image') return containerName(project, environment, name)
  return runs.kind === 'compose' ? `${runs.file}#${runs.service}` : runs.unit
}

const reasonToReplace = (input: PlanInput, container: Container, found: readonly ContainerFacts[]): string | null => {
  if (found.length === 0) return 'is not there'
  if (isUnsettled(container, input, input.facts)) return 'an earlier delivery did not finish with it'
  const scope = input.desired.scopes.find((one) => one.scope === `container/${container.name}`)
  const has = (label: string, wanted: string): boolean => found.every((one) => one.labels[label] === wanted)
  if (scope !== undefined && !isLive(container) && !has('lockstep.content', input.content(scope)))
    return 'its secrets changed'
  if (!has('lockstep.spec', input.spec(container))) return 'its settings changed'
  if (!isLive(container) && found.some((one) => Number(one.labels['lockstep.revision']) < (input.renew ?? 0)))
    return 'it has a new password'
  const unit = container.runs.kind === 'systemd' ? input.facts.units[container.name] : undefined
  if (unit !== undefined) {
    const target = targetOf(unit.dropIn === null ? undefined : found[0], input.desired.directory)
    if (target === null || unitDropIn(container, target, unit) !== unit.dropIn) return 'its unit changed'
    if (startsByItself(unit)) return null
  }
  if (found.some((one) => !one.running && one.health !== 'starting')) return 'is not running'
  if (found.some((one) => one.restarting || one.health === 'unhealthy')) return 'is not healthy'
  return null
}

/** What stands in the way of its live directory being what it should be, and of the program knowing it. */
const reasonToRefresh = (input: PlanInput, container: Container): string | null => {
  const live = input.facts.live[container.name]
  const scope = input.desired.scopes.find((one) => one.scope === `container/${container.name}`)
  if (live === undefined || live.wrong.length > 0) return 'its live directory is not whole'
  if (scope !== undefined && live.content !== input.content(scope)) return 'its secrets changed'
  if (revisionOf(input, live.id) < (input.renew ?? 0)) return 'it has a new password'
  if (!live.settled) return 'an earlier delivery did not finish with it'
  return live.told || container.onChange.kind === 'none' ? null : 'it has not been told yet'
}

/** Of a generation that nobody knows any more: 0. */
const revisionOf = ({ ledger, desired }: PlanInput, id: string): number =>
  ledger.hosts[desired.host]?.generations.find((one) => one.id === id)?.revision ?? 0

/** The target that these labels were written for; null where they are not ours. */
const targetOf = (found: ContainerFacts | undefined, directory: string): ContainerTarget | null => {
  const label = (name: string): string => found?.labels[`lockstep.${name}`] ?? ''
  const [number, revision] = [Number(label('generation')), Number(label('revision'))]
  if (!Number.isSafeInteger(number) || !Number.isSafeInteger(revision)) return null
  return {
    project: label('project'),
    environment: label('environment'),
    directory,
    generation: { number, id: label('generation-id') },
    revision,
    content: label('content'),
    digest: label('digest'),
    spec: label('spec'),
  }
}
