import { asideName, failedName } from './container-command.ts'
import { unknownName } from '../fleet/host-pattern.ts'
import type { Inventory } from '../fleet/inventory.ts'
import type { Container, Manifest } from '../manifest/manifest.ts'
import { quoteName } from '../names.ts'
import type { Problem } from '../manifest/yaml-source.ts'

interface ContainerPlacement {
  /** Names of the containers on this host, in the order of the manifest. */
  on(host: string): readonly string[]
  readonly problems: readonly Problem[]
}

/** Which container runs where. A container that would run nowhere is a mistake in a pattern. */
export const placeContainers = (manifest: Manifest, inventory: Inventory): ContainerPlacement => {
  const hosts = (pattern: string): readonly string[] => inventory.patterns[pattern] ?? []
  return {
    on: (host) => manifest.containers.filter((one) => hosts(one.hosts).includes(host)).map((one) => one.name),
    problems: manifest.containers.flatMap((one) => {
      const nowhere = hosts(one.hosts).length === 0 ? `${quoteName(one.hosts)} matches no host` : null
      const message = unknownName(one.hosts, inventory) ?? nowhere ?? nameTaken(one, manifest, hosts)
      return message === null ? [] : [{ at: one.at, message: `container ${one.name}: ${message}` }]
    }),
  }
}

/** While one is replaced, and after it failed, it takes more names than its own. */
const nameTaken = (
  { name, runs, hosts: pattern }: Container,
  { containers }: Manifest,
  hosts: (pattern: string) => readonly string[],
): string | null => {
  const images = runs.kind === 'image' ? containers.filter((one) => one.runs.kind === 'image') : []
  const owner = images.find((one) => [asideName(one.name), failedName(one.name)].includes(name))
  const host = hosts(pattern).find((each) => owner !== undefined && hosts(owner.hosts).includes(each))
  if (owner === undefined || host === undefined) return null
  return `${owner.name} needs this name on ${host} when it is replaced; call one of the two something else`
}
