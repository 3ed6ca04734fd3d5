import { containerName } from './container-command.ts'
import type { ContainerFacts, HostFacts } from './host-facts.ts'
import type { Container } from './manifest.ts'
import { unitAsContainer } from './unit-facts.ts'

export interface Owner {
  readonly project: string
  readonly environment: string
}

/** The container that a replacement has set aside until it is settled. */
const isAside = (one: ContainerFacts): boolean => one.name.endsWith('-before')

const isOurs = ({ labels }: ContainerFacts, container: Container, { project, environment }: Owner): boolean =>
  labels['lockstep.container'] === container.name &&
  labels['lockstep.project'] === project &&
  labels['lockstep.environment'] === environment

/** What runs a declared container on its host: known by our labels, wherever it came from; a service of compose may
 *  have several. A container without labels stands where ours belongs when it has its name. */
export const instancesOf = (container: Container, owner: Owner, facts: HostFacts): readonly ContainerFacts[] => {
  if (container.runs.kind === 'systemd') {
    const unit = facts.units[container.name]
    return unit === undefined || unit.load !== 'loaded' ? [] : [unitAsContainer(unit)]
  }
  const name = containerName(owner.project, owner.environment, container.name)
  const isNamed = (one: ContainerFacts): boolean => container.runs.kind === 'image' && one.name === name
  return (facts.engine?.containers ?? []).filter(
    (one) => !isAside(one) && (isOurs(one, container, owner) || isNamed(one)),
  )
}

/** A killed delivery left this one between what it was before and what it should be. */
export const isUnsettled = (container: Container, owner: Owner, facts: HostFacts): boolean =>
  facts.unsettled.includes(container.name) ||
  (facts.engine?.containers ?? []).some((one) => isAside(one) && isOurs(one, container, owner))
