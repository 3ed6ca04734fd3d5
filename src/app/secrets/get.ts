import { fail } from '../../core/errors.ts'
import { groupOfSecret } from '../../core/manifest/manifest.ts'
import type { Metadata } from '../../core/secrets/metadata.ts'
import { parseGroupPath } from '../../core/secrets/metadata.ts'
import { quoteName } from '../../core/names.ts'
import type { Secret } from '../../core/secret.ts'
import { didYouMean } from '../../core/suggest.ts'
import type { GroupFile } from './group-file.ts'
import type { OpenProject } from '../project/open-project.ts'
import type { Project } from '../project/project.ts'

export interface FoundSecret {
  readonly name: string
  readonly group: string
  /** The host whose own value this is; null: the shared one. */
  readonly host: string | null
  readonly version: number
  readonly value: Secret
}

/** Reads one secret: with `host`, what that host gets (its own value, else the shared one). Opens no other file.
 *  @throws NOT_FOUND; USAGE when only hosts have one; TAMPERED */
export const getSecret = async (open: OpenProject, name: string, host: string | null = null): Promise<FoundSecret> => {
  const path = choosePath(await open.guessPaths(name), host)
  // both at once; the path was a guess until the metadata have proved right
  const [file, metadata] = path === null ? [null, await open.metadata()] : await bothOf(open, path)
  const value = file?.values.get(name)
  if (file === null || value === undefined) throw notFound(open.project, metadata, name, host)
  const version = metadata.files.get(file.path)?.get(name)?.version ?? 0
  return { name, group: file.group, host: file.host, version, value }
}

const bothOf = async (open: OpenProject, path: string): Promise<[GroupFile | null, Metadata]> => {
  const file = await open.readPath(path)
  return [file, await open.metadata()]
}

const choosePath = (paths: readonly string[], host: string | null): string | null =>
  paths.find((path) => host !== null && parseGroupPath(path)?.host === host) ??
  paths.find((path) => parseGroupPath(path)?.host === null) ??
  null

const notFound = (project: Project, metadata: Metadata, name: string, host: string | null): Error => {
  const places = Array.from(metadata.files).filter(([, records]) => typeof records.get(name)?.fingerprint === 'string')
  const hosts = places.map(([path]) => parseGroupPath(path)?.host).filter((one) => typeof one === 'string')
  if (hosts.length > 0) {
    const wanted = host === null ? 'has no shared value' : `has no value for ${host}`
    return fail('USAGE', `${quoteName(name)} ${wanted}`, {
      hint: `hosts that have one: ${hosts.join(', ')}; --host HOST`,
    })
  }
  const group = groupOfSecret(project.manifest, name)
  if (group !== null) {
    return fail('NOT_FOUND', `${name} has no value yet`, { at: `group ${group.name}`, hint: `lockstep set ${name}` })
  }
  const known = Array.from(metadata.files.values()).flatMap((records) => Array.from(records.keys()))
  return fail('NOT_FOUND', `no secret ${quoteName(name)}${didYouMean(name, known)}`, { hint: 'lockstep list' })
}
