import type { ProjectSecret } from '../fleet/desired.ts'
import type { Group, Manifest, Rotate } from '../manifest/manifest.ts'
import { credentialId, type Credential } from './credential.ts'

/** What the manifest can rotate: of each group with `rotate:` the shared values, and those of each host by themselves.
 *  `isEach` says of a group whether each of its keys is a credential of its own. */
export const credentialsOf = (
  manifest: Manifest,
  secrets: readonly ProjectSecret[],
  isEach: (group: Group) => boolean,
): readonly Credential[] =>
  manifest.groups.flatMap((group) => {
    const { rotate } = group
    if (rotate === null) return []
    const own = secrets.filter((one) => one.group === group.name && one.name !== rotate.previous)
    const hosts = [...new Set(own.map((one) => one.host))].sort(byName)
    return [...new Set([null, ...hosts])].flatMap((host) =>
      split({ group: group.name, host, rotate }, namesOf(group, own, host), isEach(group)),
    )
  })

const byName = (a: string | null, b: string | null): number => ((a ?? '') < (b ?? '') ? -1 : 1)

/** Declared keys that have no value anywhere yet are shared ones. */
const namesOf = (group: Group, own: readonly ProjectSecret[], host: string | null): readonly string[] => {
  const has = new Set(own.filter((one) => one.host === host).map((one) => one.name))
  if (group.keys === null) return [...has]
  const anywhere = new Set(own.map((one) => one.name))
  return group.keys.filter((name) => has.has(name) || (host === null && !anywhere.has(name)))
}

const split = (
  common: { readonly group: string; readonly host: string | null; readonly rotate: Rotate },
  names: readonly string[],
  isEach: boolean,
): readonly Credential[] => {
  if (names.length === 0) return []
  if (!isEach) return [{ ...common, id: credentialId(common, null), names }]
  return names.map((name) => ({ ...common, id: credentialId(common, name), names: [name] }))
}

/** Of a credential one of whose names has no value anywhere: secrets that its group has and does not list. With a slip in
 *  it, a name would get a first value, and what was meant would stay as it is. */
export const unlistedBeside = (
  { groups }: Pick<Manifest, 'groups'>,
  secrets: readonly ProjectSecret[],
  credential: Pick<Credential, 'group' | 'names'>,
): readonly string[] => {
  const group = groups.find(({ name }) => name === credential.group)
  const has = new Set(secrets.filter((one) => one.group === credential.group).map(({ name }) => name))
  const listed = group?.keys ?? null
  if (listed === null || credential.names.every((name) => has.has(name))) return []
  return [...has].filter((name) => !listed.includes(name) && name !== group?.rotate?.previous)
}

/** Its secrets, and the one that takes the former value. */
export const writtenNames = ({ names, rotate }: Pick<Credential, 'names' | 'rotate'>): readonly string[] =>
  rotate.previous === null ? names : [...names, rotate.previous]
