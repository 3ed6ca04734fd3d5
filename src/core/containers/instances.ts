import { asideName, containerName, failedName } from './container-command.ts'
import type { ContainerFacts, HostFacts } from '../fleet/host-facts.ts'
import type { Container } from '../manifest/manifest.ts'
import { unitAsContainer } from './unit-facts.ts'

export interface Owner {
  readonly project: string
  readonly environment: string
}

const ownName = ({ name }: Container, { project, environment }: Owner): string =>
  containerName(project, environment, name)

/** The container that a replacement has set aside until it is settled. */
const isAside = (one: ContainerFacts, container: Container, owner: Owner): boolean =>
  container.runs.kind === 'image' && one.name === asideName(ownName(container, owner))

/** Stopped and taken back: nobody's instance. */
const isFailed = (one: ContainerFacts, container: Container, owner: Owner): boolean =>
  container.runs.kind === 'image' && one.name === failedName(ownName(container, owner))

const isOurs = ({ labels }: ContainerFacts, container: Container, { project, environment }: Owner): boolean =>
  labels['lockstep.container'] === container.name &&
  labels['lockstep.project'] === project &&
  labels['lockstep.environment'] === environment

/** What runs a declared container on its host: known by our labels, wherever it came from; a service of compose may
 *  have several. */
export const instancesOf = (container: Container, owner: Owner, facts: HostFacts): readonly ContainerFacts[] => {
  if (container.runs.kind === 'systemd') {
    const unit = facts.units[container.name]
    return unit === undefined || unit.load !== 'loaded' ? [] : [unitAsContainer(unit)]
  }
  return (facts.engine?.containers ?? []).filter(
    (one) => !isAside(one, container, owner) && !isFailed(one, container, owner) && isOurs(one, container, owner),
  )
}

/** A killed delivery left this one between what it was before and what it should be. */
export const isUnsettled = (container: Container, owner: Owner, facts: HostFacts): boolean =>
  facts.unsettled.includes(container.name) ||
  (facts.engine?.containers ?? []).some((one) => isAside(one, container, owner) && isOurs(one, container, owner))

/** Somebody else's container under a name that ours takes, now or while it is replaced; null: both are free, or ours. */
export const inTheWay = (container: Container, owner: Owner, facts: HostFacts): ContainerFacts | null => {
  if (container.runs.kind !== 'image') return null
  const name = ownName(container, owner)
  const named = (facts.engine?.containers ?? []).filter((one) => [name, asideName(name)].includes(one.name))
  return named.find((one) => !isOurs(one, container, owner)) ?? null
}

/** There is an engine, and it does not say what it runs. */
export const isEngineSilent = ({ engine }: Pick<HostFacts, 'engine'>): boolean =>
  engine !== null && engine.program !== null && engine.version === null

/** What a person types on that host for its containers. */
export const engineWord = ({ engine }: Pick<HostFacts, 'engine'>): 'docker' | 'podman' =>
  engine?.program?.endsWith('/podman') === true ? 'podman' : 'docker'
