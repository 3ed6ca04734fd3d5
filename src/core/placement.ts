import { placeContainers } from './container-placement.ts'
import { fail } from './errors.ts'
import { settingOf, unknownVariables } from './host-settings.ts'
import type { HostFacts } from './host-settings.ts'
import type { Inventory } from './inventory.ts'
import type { Cloud, Manifest, Rung } from './manifest.ts'
import { isHostName, quoteName } from './names.ts'
import { throwProblems } from './yaml-source.ts'

/** What one host gets. */
export interface HostPlacement {
  readonly host: string
  readonly directory: string
  readonly rung: Rung
  /** Null: found out on the host itself. */
  readonly cloud: Cloud | null
  /** Those of its containers; every group where no container is declared at all. In the order of the manifest. */
  readonly groups: readonly string[]
  /** Names of the containers that run on it. */
  readonly containers: readonly string[]
}

export interface Placement {
  /** In the inventory's order; hosts with nothing to do are among them, with no groups. */
  readonly hosts: readonly HostPlacement[]
  readonly notes: readonly PlacementNote[]
}

/** Worth saying, not wrong. */
export interface PlacementNote {
  readonly id: 'EVERY-GROUP' | 'PATTERN-EMPTY' | 'HOST-UNUSED'
  readonly at: string
  readonly message: string
}

/** Every Ansible pattern that the inventory must resolve for `place`. */
export const patternsOf = (manifest: Manifest): readonly string[] => [
  ...new Set([...manifest.hosts, ...manifest.containers].map((one) => ('pattern' in one ? one.pattern : one.hosts))),
]

/** Decides what each host gets. `groups` are the names of the project's groups, in order.
 *  @throws CONFIG with every contradiction between manifest and inventory */
export const place = (manifest: Manifest, inventory: Inventory, groups: readonly string[]): Placement => {
  const names = Object.keys(inventory.hosts)
  throwProblems(
    names.flatMap((host) => namesOf(inventory, host)),
    'inventory',
  )
  const containers = placeContainers(manifest, inventory)
  const facts = names.map((host) => factsOf(manifest, inventory, host))
  throwProblems([...facts.flatMap((one) => one.problems), ...containers.problems], 'inventory')
  const hosts = facts.map((one) => placeHost(manifest, one, containers.on(one.host), groups))
  return { hosts, notes: notesOf(manifest, inventory, hosts) }
}

const namesOf = (inventory: Inventory, host: string): { at: string; message: string }[] => {
  if (!isHostName(host)) return [{ at: 'inventory', message: `${quoteName(host)} cannot name a host's files` }]
  return unknownVariables(host, inventory.hosts[host]?.variables ?? {})
}

interface Settings {
  readonly host: string
  readonly directory: string
  readonly rung: Rung
  readonly cloud: Cloud | null
  readonly problems: readonly { at: string; message: string }[]
}

const factsOf = (manifest: Manifest, inventory: Inventory, host: string): Settings => {
  const facts: HostFacts = {
    host,
    variables: inventory.hosts[host]?.variables ?? {},
    settings: manifest.hosts.filter((one) => inventory.patterns[one.pattern]?.includes(host) === true),
  }
  const [directory, rung, cloud] = [
    settingOf(facts, 'directory', manifest),
    settingOf(facts, 'rung', manifest),
    settingOf(facts, 'cloud', manifest),
  ]
  const found = {
    host,
    directory: directory.value ?? manifest.directory,
    rung: rungs.find((one) => one === rung.value) ?? (cloud.value === null ? 'host' : 'cloud'),
    cloud: clouds.find((one) => one === cloud.value) ?? null,
  }
  const problems = [...directory.problems, ...rung.problems, ...cloud.problems]
  if (found.cloud !== null && found.rung !== 'cloud') {
    problems.push({ at: host, message: `has a cloud, ${found.cloud}, but its rung is ${found.rung}` })
  }
  return { ...found, problems }
}

const rungs = ['host', 'cloud', 'vault', 'broker'] as const
const clouds = ['aws', 'gcp', 'oci', 'ibm'] as const

const placeHost = (
  manifest: Manifest,
  settings: Settings,
  containers: readonly string[],
  groups: readonly string[],
): HostPlacement => {
  const wanted = new Set(
    manifest.containers.filter((one) => containers.includes(one.name)).flatMap((container) => container.groups),
  )
  const missing = [...wanted].filter((group) => !groups.includes(group))
  if (missing[0] !== undefined) {
    throw fail('CONFIG', `there is no group ${missing[0]}, which a container on ${settings.host} is given`, {
      at: manifest.containers.find((one) => one.groups.includes(missing[0] ?? ''))?.at ?? 'lockstep.yaml',
      hint: `groups: ${groups.join(', ') || 'none yet'}`,
    })
  }
  const { host, directory, rung, cloud } = settings
  const own = manifest.containers.length === 0 ? groups : groups.filter((group) => wanted.has(group))
  return { host, directory, rung, cloud, groups: own, containers }
}

const notesOf = (manifest: Manifest, inventory: Inventory, hosts: readonly HostPlacement[]): PlacementNote[] => {
  const notes: PlacementNote[] = manifest.hosts
    .filter((one) => (inventory.patterns[one.pattern] ?? []).length === 0)
    .map((one) => ({ id: 'PATTERN-EMPTY', at: one.at, message: `${quoteName(one.pattern)} matches no host` }))
  if (manifest.containers.length === 0 && hosts.length > 0) {
    const message = 'no containers are declared, so every host gets every group'
    return [...notes, { id: 'EVERY-GROUP', at: 'lockstep.yaml', message }]
  }
  const unused = hosts.filter((one) => one.containers.length === 0)
  return [
    ...notes,
    ...unused.map((one) => ({ id: 'HOST-UNUSED' as const, at: one.host, message: 'runs no container, gets nothing' })),
  ]
}
