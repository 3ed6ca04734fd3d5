import { fail } from '../../core/errors.ts'
import type { Manifest } from '../../core/manifest/manifest.ts'
import { groupOfSecret } from '../../core/manifest/manifest.ts'
import type { Metadata, SecretRecord } from '../../core/secrets/metadata.ts'
import { parseGroupPath, placesOf } from '../../core/secrets/metadata.ts'
import { isPathName, quoteName } from '../../core/names.ts'

/** What a project's only group is called when nobody has named one. */
export const firstGroup = 'app'

/** Names of the project's groups: those of the manifest, or where it declares none, those whose files hold something. */
export const groupNames = (manifest: Manifest, metadata: Metadata): readonly string[] => {
  if (manifest.groups.length > 0) return manifest.groups.map((group) => group.name)
  const names = Array.from(metadata.files, ([path, records]) =>
    isAlive(records) ? (parseGroupPath(path)?.group ?? '') : '',
  )
  return [...new Set(names)].filter((name) => name !== '').sort()
}

/** A file that was emptied stays, for the versions of what it held. */
const isAlive = (records: ReadonlyMap<string, SecretRecord>): boolean =>
  records.size === 0 || Array.from(records.values()).some(({ fingerprint }) => fingerprint !== null)

/** The group a secret belongs to: where it is, where it is declared, what is asked for, or the only one there is.
 *  @throws CONFLICT when these disagree; USAGE when none of them says */
export const chooseGroup = (
  manifest: Manifest,
  metadata: Metadata,
  name: string,
  wanted: string | undefined,
): string => {
  if (wanted !== undefined) checkGroupName(wanted)
  const [place] = placesOf(metadata, name)
  const known = (place && parseGroupPath(place.path)?.group) ?? groupOfSecret(manifest, name)?.name
  if (known !== undefined && wanted !== undefined && known !== wanted) {
    throw fail('CONFLICT', `${name} is in group ${known}`, { hint: `leave out --group, or: lockstep rm ${name}` })
  }
  const names = groupNames(manifest, metadata)
  const chosen = known ?? wanted ?? (names.length > 1 ? undefined : (names[0] ?? firstGroup))
  if (chosen !== undefined) return chosen
  throw fail('USAGE', `${name} is new: say which group it belongs to`, {
    hint: `--group NAME; there are ${names.join(', ')}`,
  })
}

/** @throws USAGE */
export const checkGroupName = (name: string): string => {
  if (isPathName(name) && name !== 'all-secrets') return name
  throw fail('USAGE', `${quoteName(name)} cannot be a group's name`, {
    hint: 'small letters, digits, - and _, and not all-secrets, which is the name of the union',
  })
}
