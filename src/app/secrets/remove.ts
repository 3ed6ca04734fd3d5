import { fail } from '../../core/errors.ts'
import { parseGroupPath, placesOf } from '../../core/secrets/metadata.ts'
import { quoteName } from '../../core/names.ts'
import type { Manifest } from '../../core/manifest/manifest.ts'
import { usersOf } from '../../core/manifest/secret-users.ts'
import { didYouMean } from '../../core/suggest.ts'
import type { Changed, ChangePorts, ManifestEdit } from '../project/change-project.ts'
import { changeProject } from '../project/change-project.ts'
import type { OpenProject } from '../project/open-project.ts'

export interface RemoveOptions {
  /** Only this host's own value. */
  readonly host?: string | undefined
  readonly group?: string | undefined
}

export interface Removed extends Changed {
  /** Groups that were left with nothing and are no longer declared. */
  readonly emptied: readonly string[]
}

/** Removes secrets: their shared value, every host's own, and their declaration; with `host` that host's value alone.
 *  All of them or none.
 *  @throws NOT_FOUND naming the one that is not there; CONFLICT where a setting of lockstep.yaml names one */
export const removeSecrets = async (
  ports: ChangePorts,
  open: OpenProject,
  names: readonly string[],
  { host, group }: RemoveOptions = {},
): Promise<Removed> => {
  const metadata = await open.metadata()
  const writes = names.flatMap((name) => {
    const places = placesOf(metadata, name)
      .map(({ path }) => parseGroupPath(path))
      .filter((place) => place !== null)
      .filter((place) => (host === undefined || place.host === host) && (group === undefined || place.group === group))
    if (places.length > 0) return places.map((place) => ({ ...place, name, value: null }))
    const known = Array.from(metadata.files.values()).flatMap((records) => Array.from(records.keys()))
    const where = host === undefined ? '' : ` for ${quoteName(host)}`
    throw fail('NOT_FOUND', `no secret ${quoteName(name)}${where}${didYouMean(name, known)}`, { hint: 'lockstep list' })
  })
  if (host === undefined) for (const write of writes) checkUnused(open.project.manifest, write)
  if (host !== undefined) return { ...(await changeProject(ports, open, { writes })), emptied: [] }
  const emptied: string[] = []
  const manifest: ManifestEdit = async (text) => {
    const { dropEmptyGroup, undeclareKey } = await import('../../core/manifest/manifest-edit.ts')
    let edited = writes.reduce((before, write) => undeclareKey(before, write.group, write.name), text)
    for (const name of new Set(writes.map((write) => write.group))) {
      const without = isGiven(open, name) ? edited : dropEmptyGroup(edited, name)
      if (without !== edited) emptied.push(name)
      edited = without
    }
    return edited
  }
  return { ...(await changeProject(ports, open, { writes, manifest })), emptied }
}

/** Without an administrator's password nothing can be rotated, and alerts without theirs are not sent. */
const checkUnused = (manifest: Manifest, secret: { readonly name: string; readonly group: string }): void => {
  const users = usersOf(manifest, secret)
  if (users.length === 0) return
  throw fail('CONFLICT', `${secret.name} is used: ${users.join(', ')}`, {
    hint: `first name another one in lockstep.yaml; lockstep set ${secret.name} gives it another value`,
  })
}

const isGiven = ({ project }: OpenProject, group: string): boolean =>
  project.manifest.containers.some(({ groups }) => groups.includes(group))
