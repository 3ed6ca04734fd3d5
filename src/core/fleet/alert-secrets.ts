import type { Manifest } from '../manifest/manifest.ts'
import { alertSecretOf } from '../manifest/secret-users.ts'
import type { ProjectSecret } from './desired.ts'
import type { HostPlacement, PlacementNote } from './placement.ts'

/** Secrets that alerts are signed or addressed with, and that some of these hosts are given: whoever has such a host
 *  can send what looks like an alert. */
export const alertSecretsOn = (
  { alerts, containers }: Pick<Manifest, 'alerts' | 'containers'>,
  hosts: readonly Pick<HostPlacement, 'host' | 'groups'>[],
  secrets: readonly Pick<ProjectSecret, 'name' | 'group'>[],
): readonly PlacementNote[] =>
  [...new Set(alerts.flatMap(({ to }) => alertSecretOf(to) ?? []))].flatMap((name) => {
    const group = secrets.find((one) => one.name === name)?.group
    const takers = hosts.filter((one) => group !== undefined && one.groups.includes(group)).map(({ host }) => host)
    if (group === undefined || takers.length === 0) return []
    const why =
      containers.length === 0
        ? 'while lockstep.yaml declares no containers, every host gets every group'
        : 'a group that no container is given keeps it here'
    const message = `alerts use ${name}, and it goes to ${takers.join(', ')}: ${why}`
    return [{ id: 'ALERT-SECRET' as const, at: `group ${group}`, message }]
  })
