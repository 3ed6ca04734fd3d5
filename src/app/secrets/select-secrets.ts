import { fail } from '../../core/errors.ts'
import { checkHostName, quoteName } from '../../core/names.ts'
import type { Secret } from '../../core/secret.ts'
import { didYouMean } from '../../core/suggest.ts'
import { groupNames } from './choose-group.ts'
import type { OpenProject } from '../project/open-project.ts'

/** Some of a project's secrets, as a host or an operator sees them. */
export interface Selection {
  /** Only these groups; none named: all of them. */
  readonly groups?: readonly string[]
  /** What this host gets: its own values before the shared ones. */
  readonly host?: string | undefined
}

/** The secrets of some groups, or of all. Every file of the project is verified.
 *  @throws NOT_FOUND for a group that is not there; USAGE for what cannot be a host; TAMPERED */
export const selectSecrets = async (
  open: OpenProject,
  { host = undefined, groups = [] }: Selection,
): Promise<ReadonlyMap<string, Secret>> => {
  if (host !== undefined) checkHostName(host)
  const known = groupNames(open.project.manifest, await open.metadata())
  const unknown = groups.find((group) => !known.includes(group))
  if (unknown !== undefined) {
    throw fail('NOT_FOUND', `no group ${quoteName(unknown)}${didYouMean(unknown, known)}`, { hint: 'lockstep list' })
  }
  const secrets = new Map<string, Secret>()
  for (const file of await open.readAll()) {
    const wanted = groups.length === 0 || groups.includes(file.group)
    if (!wanted || (file.host !== null && file.host !== host)) continue
    for (const [name, value] of file.values) if (file.host !== null || !secrets.has(name)) secrets.set(name, value)
  }
  return secrets
}
