import { placeContainers } from '../containers/container-placement.ts'
import { fail } from '../errors.ts'
import type { SecretsError } from '../errors.ts'
import { unknownName } from './host-pattern.ts'
import { settingOf, unknownVariables } from './host-settings.ts'
import type { HostSources, Setting } from './host-settings.ts'
import type { Inventory } from './inventory.ts'
import type { Cloud, Manifest, Rung } from '../manifest/manifest.ts'
import { clouds, rungs } from '../manifest/manifest.ts'
import { isHostName, quoteName } from '../names.ts'
import { throwProblems } from '../manifest/yaml-source.ts'
import type { Problem } from '../manifest/yaml-source.ts'

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
  /** What its inventory variables say cannot be: nothing may be done on it. Null: nothing is wrong. */
  readonly refusal: SecretsError | null
}

export interface Placement {
  /** In the inventory's order; hosts with nothing to do are among them, with no groups. */
  readonly hosts: readonly HostPlacement[]
  readonly notes: readonly PlacementNote[]
}

/** Worth saying, not wrong. */
export interface PlacementNote {
  readonly id: 'EVERY-GROUP' | 'PATTERN-EMPTY' | 'HOST-UNUSED' | 'NO-VALUE' | 'ALERT-SECRET'
  readonly at: string
  readonly message: string
}

/** Every Ansible pattern that the inventory must resolve for `place`. */
export const patternsOf = (manifest: Manifest): readonly string[] => [
  ...new Set([...manifest.hosts, ...manifest.containers].map((one) => ('pattern' in one ? one.pattern : one.hosts))),
]

/** Decides what each host gets. `groups` are the names of the project's groups, in order. A contradiction in which
 *  inventory variables of one host have a part refuses that host; every other one is a mistake for all of them.
 *  @throws CONFIG with all of those */
export const place = (manifest: Manifest, inventory: Inventory, groups: readonly string[]): Placement => {
  const names = Object.keys(inventory.hosts)
  throwProblems(names.filter((host) => !isHostName(host)).map(unusableName), 'inventory')
  const containers = placeContainers(manifest, inventory)
  const settings = names.map((host) => settingsOf(manifest, inventory, host))
  throwProblems(
    [...halfKnown(manifest, inventory), ...settings.flatMap((one) => one.problems), ...containers.problems],
    'inventory',
  )
  const hosts = settings.map((one) => placeHost(manifest, one, containers.on(one.host), groups))
  return { hosts, notes: notesOf(manifest, inventory, hosts) }
}

/** Settings for hosts of which some part is meant for nobody; where none matches, that is a note. */
const halfKnown = (manifest: Manifest, inventory: Inventory): readonly Problem[] =>
  manifest.hosts.flatMap(({ pattern, at }) => {
    const message = (inventory.patterns[pattern] ?? []).length === 0 ? null : unknownName(pattern, inventory)
    return message === null ? [] : [{ at, message }]
  })

const unusableName = (host: string): Problem => ({
  at: 'inventory',
  message: `${quoteName(host)} cannot name a host's files`,
})

interface Settings {
  readonly host: string
  readonly directory: string
  readonly rung: Rung
  readonly cloud: Cloud | null
  /** Of the manifest alone. */
  readonly problems: readonly Problem[]
  readonly refusal: SecretsError | null
}

const settingsOf = (manifest: Manifest, inventory: Inventory, host: string): Settings => {
  const variables = inventory.hosts[host]?.variables ?? {}
  const matching = manifest.hosts.filter((one) => inventory.patterns[one.pattern]?.includes(host) === true)
  const facts: HostSources = { host, variables, settings: matching }
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
  const all = [directory, rung, cloud, agreementOf(found, rung.isVariable || cloud.isVariable)]
  const problemsOf = (isVariable: boolean): Problem[] =>
    all.filter((one) => one.isVariable === isVariable).flatMap((one) => one.problem ?? [])
  const own = [...unknownVariables(host, variables), ...problemsOf(true)]
  return { ...found, problems: problemsOf(false), refusal: refusalOf(host, own) }
}

const agreementOf = (
  { host, rung, cloud }: Pick<Settings, 'host' | 'rung' | 'cloud'>,
  isVariable: boolean,
): Setting => {
  const isWrong = cloud !== null && rung !== 'cloud'
  const problem = isWrong ? { at: host, message: `has a cloud, ${cloud}, but its rung is ${rung}` } : null
  return { value: null, problem, isVariable }
}

const refusalOf = (host: string, problems: readonly Problem[]): SecretsError | null => {
  if (problems.length === 0) return null
  const message = problems.map((one) => one.message).join('; ')
  return fail('CONFIG', message, {
    at: host,
    hint: `correct its variables in the inventory: ansible-inventory --host ${host}`,
  })
}

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
  const { host, directory, rung, cloud, refusal } = settings
  const own = manifest.containers.length === 0 ? groups : groups.filter((group) => wanted.has(group))
  return { host, directory, rung, cloud, groups: own, containers, refusal }
}

const notesOf = (manifest: Manifest, inventory: Inventory, hosts: readonly HostPlacement[]): PlacementNote[] => {
  const notes: PlacementNote[] = manifest.hosts
    .filter((one) => (inventory.patterns[one.pattern] ?? []).length === 0)
    .map(({ pattern, at }) => ({
      id: 'PATTERN-EMPTY',
      at,
      message: unknownName(pattern, inventory) ?? `${quoteName(pattern)} matches no host`,
    }))
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
