import type { ProjectSecret } from './desired.ts'
import type { Manifest } from '../manifest/manifest.ts'
import type { HostPlacement, PlacementNote } from './placement.ts'

/** Secrets that lockstep.yaml declares, that one of these hosts is to be given, and that have no value: a name misspelt
 *  there or here, or one that nobody has set yet. */
export const valueless = (
  manifest: Pick<Manifest, 'groups'>,
  hosts: readonly Pick<HostPlacement, 'host' | 'groups'>[],
  secrets: readonly Pick<ProjectSecret, 'name' | 'group' | 'host'>[],
): readonly PlacementNote[] =>
  manifest.groups.flatMap(({ name: group, keys }) => {
    const takers = hosts.filter((one) => one.groups.includes(group)).map((one) => one.host)
    const lacking = (key: string): readonly string[] =>
      takers.filter((host) => !secrets.some((one) => isValueOn(host, one, { group, key })))
    const found = (keys ?? []).map((key) => ({ key, hosts: lacking(key) })).filter((one) => one.hosts.length > 0)
    const nowhere = found.filter((one) => one.hosts.length === takers.length).map((one) => one.key)
    const somewhere = found.filter((one) => one.hosts.length < takers.length)
    return [
      ...(nowhere.length === 0
        ? []
        : [noted(group, `${nowhere.join(', ')} ${verb(nowhere)} no value: lockstep create`)]),
      ...somewhere.map(({ key, hosts: without }) =>
        noted(group, `${key} has no value on ${without.join(', ')}: lockstep set ${key} --host ${without[0] ?? ''}`),
      ),
    ]
  })

const isValueOn = (
  host: string,
  secret: Pick<ProjectSecret, 'name' | 'group' | 'host'>,
  { group, key }: { readonly group: string; readonly key: string },
): boolean => secret.name === key && secret.group === group && (secret.host === null || secret.host === host)

const verb = (names: readonly string[]): string => (names.length === 1 ? 'has' : 'have')

const noted = (group: string, message: string): PlacementNote => ({ id: 'NO-VALUE', at: `group ${group}`, message })
