import { fail } from '../../core/errors.ts'
import { isPathName, quoteName, unionFile } from '../../core/names.ts'
import type { Ports } from '../../core/ports.ts'

export const manifestFile = 'manifest.json'

/** The files of one scope as they lie there, nothing verified or opened. */
export interface ScopeBytes {
  /** Null in a layout made by hand. */
  readonly manifest: Uint8Array | null
  /** The union; or, where there is none or (in a layout made by hand) groups were asked for, the groups' own files. */
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** Reads a scope's directory. `groups` null is all of them.
 *  @throws NOT_FOUND when there is nothing to read, or a group has no file */
export const readScope = async (
  { files }: { readonly files: Pick<Ports['files'], 'read' | 'list'> },
  directory: string,
  groups: readonly string[] | null,
): Promise<ScopeBytes> => {
  const read = (name: string): Promise<Uint8Array | null> => files.read(`${directory}/${name}`)
  const [manifest, union] = await Promise.all([read(manifestFile), read(unionFile)])
  if (union !== null && (manifest !== null || groups === null))
    return { manifest, files: new Map([[unionFile, union]]) }
  // A manifest without its union: what it binds is not there. Opening will say so.
  if (manifest !== null) return { manifest, files: new Map() }
  const names = groups?.map(fileOfGroup) ?? (await groupFiles(files, directory))
  const entries = await Promise.all(names.map(async (name) => [name, await read(name)] as const))
  const found = entries.flatMap(([name, bytes]): readonly [string, Uint8Array][] => {
    if (bytes === null) throw nothing(`${directory}/${name}`, `no file ${name}`)
    return [[name, bytes]]
  })
  if (found.length === 0) throw nothing(directory, 'no secrets here')
  return { manifest, files: new Map(found) }
}

const fileOfGroup = (group: string): string => {
  if (isPathName(group)) return `${group}.env`
  throw fail('USAGE', `${quoteName(group)} cannot be a group`, { hint: 'small letters, digits, - and _, as in aws' })
}

const groupFiles = async (files: Pick<Ports['files'], 'list'>, directory: string): Promise<readonly string[]> => {
  const names = (await files.list(directory)) ?? []
  return names.filter((name) => name.endsWith('.env') && isPathName(name.slice(0, -'.env'.length)))
}

const nothing = (at: string, message: string): Error =>
  fail('NOT_FOUND', message, {
    at,
    hint: 'mount the secrets directory of a delivered generation there; `lockstep deploy` does both',
  })

/** Is this the same state of the files? */
export const sameScope = (a: ScopeBytes, b: ScopeBytes): boolean =>
  sameBytes(a.manifest, b.manifest) &&
  a.files.size === b.files.size &&
  [...a.files].every(([name, bytes]) => sameBytes(bytes, b.files.get(name) ?? null))

const sameBytes = (a: Uint8Array | null, b: Uint8Array | null): boolean => {
  if (a === null || b === null) return a === b
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}
