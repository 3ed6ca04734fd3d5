import { writeEnv, type EnvFormat } from '../core/env-formats.ts'
import { fail } from '../core/errors.ts'
import { isHostName, quoteName } from '../core/names.ts'
import { didYouMean } from '../core/suggest.ts'
import { Secret } from '../core/secret.ts'
import { groupNames } from './choose-group.ts'
import type { OpenProject } from './open-project.ts'

export interface ExportOptions {
  /** Only these groups; none named: all of them. */
  readonly groups?: readonly string[]
  /** What this host gets: its own values before the shared ones. */
  readonly host?: string | undefined
  readonly format: EnvFormat
}

export interface Exported {
  readonly text: Secret
  readonly secrets: ReadonlyMap<string, Secret>
}

/** The secrets of some groups, or of all, as one text.
 *  @throws NOT_FOUND for a group that is not there; USAGE naming what the format cannot carry; TAMPERED */
export const exportSecrets = async (open: OpenProject, options: ExportOptions): Promise<Exported> => {
  const { host = null, groups = [], format } = options
  if (host !== null && !isHostName(host)) throw fail('USAGE', `${quoteName(host)} cannot be a host's name`)
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
  const sorted = new Map(Array.from(secrets).sort(([a], [b]) => (a < b ? -1 : 1)))
  return { text: new Secret(writeEnv(format, sorted)), secrets: sorted }
}
