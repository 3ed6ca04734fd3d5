import { canonical, type Canonical } from '../canonical.ts'
import { fail, type SecretsError } from '../errors.ts'
import type { LogHead } from '../log/head.ts'
import { isPathName } from '../names.ts'
import type { Shape } from '../shape.ts'
import { count, list, nullable, parseJson, shape, text } from '../shape.ts'

/** What is in one backup: the list of contents, whose MAC is keyed from the project key. The same project at the same
 *  moment gives the same list and the same bytes. */
export interface Contents {
  readonly format: 1
  readonly project: string
  readonly environment: string
  /** Counts the backups of this environment, from 1. */
  readonly number: number
  /** ISO time in UTC. */
  readonly made: string
  /** The one before: its archive's SHA-256, hex. Null for the first. */
  readonly before: { readonly number: number; readonly digest: string } | null
  /** Head of the access log when this was made; null where there is no log. */
  readonly logHead: LogHead | null
  /** Sorted by path. */
  readonly files: readonly ContentsFile[]
}

export interface ContentsFile {
  /** `project/…` from the project's root, or `password`. */
  readonly path: string
  /** Permission bits. */
  readonly mode: number
  readonly size: number
  /** SHA-256, hex. */
  readonly sha256: string
}

/** Path of the project password among the contents. */
export const passwordEntry = 'password'

/** Prefix of what lies below the project's root. */
export const projectPrefix = 'project/'

/** Nothing that a backup holds leaves the directory that it is restored into, or changes git itself. */
export const isContentsPath = (path: string): boolean => {
  if (path === passwordEntry) return true
  if (!path.startsWith(projectPrefix) || path.length > 4096 || !path.isWellFormed() || /\p{Cc}/u.test(path))
    return false
  const parts = path.slice(projectPrefix.length).split('/')
  return parts.every((part) => part !== '' && part !== '.' && part !== '..') && parts[0] !== '.git'
}

const formatOne: Shape<1> = (value, at) => {
  if (value === 1) return 1
  throw fail('CONFLICT', 'the backup was written by a newer lockstep', { at, hint: 'update lockstep on this machine' })
}

const hex: Shape<string> = (value, at) => {
  const found = text(value, at)
  if (/^[0-9a-f]{64}$/.test(found)) return found
  throw fail('TAMPERED', 'expected a digest', { at })
}

const isoTime: Shape<string> = (value, at) => {
  const found = text(value, at)
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(found)) return found
  throw fail('TAMPERED', 'expected a time', { at })
}

const name: Shape<string> = (value, at) => {
  const found = text(value, at)
  if (isPathName(found)) return found
  throw fail('TAMPERED', 'expected a name', { at })
}

const path: Shape<string> = (value, at) => {
  const found = text(value, at)
  if (isContentsPath(found)) return found
  throw fail('TAMPERED', 'a path that cannot be in a backup', { at })
}

export const shapes: { readonly hex: Shape<string>; readonly isoTime: Shape<string>; readonly name: Shape<string> } = {
  hex,
  isoTime,
  name,
}

const contents: Shape<Contents> = shape({
  format: formatOne,
  project: name,
  environment: name,
  number: count,
  made: isoTime,
  before: nullable(shape({ number: count, digest: hex })),
  logHead: nullable(shape<LogHead>({ id: text, seq: count, hash: hex })),
  files: list(shape<ContentsFile>({ path, mode: count, size: count, sha256: hex })),
})

/** @throws TAMPERED; CONFLICT for one of a newer lockstep */
export const parseContents = (source: string, at: string): Contents => {
  const found = parseJson(source, contents, at)
  const isSorted = found.files.every((file, index) => index === 0 || (found.files[index - 1]?.path ?? '') < file.path)
  const isPlain = found.files.every(({ mode }) => mode <= 0o777)
  if (!isSorted || !isPlain || printContents(found) !== source) throw notOurs(at)
  return found
}

/** In the one spelling that is authenticated. */
export const printContents = ({ before, logHead, files, ...rest }: Contents): string => {
  const plain: Canonical = {
    ...rest,
    files: files.map((file) => ({ ...file })),
    ...(before === null ? {} : { before }),
    ...(logHead === null ? {} : { logHead: { ...logHead } }),
  }
  return canonical(plain)
}

const notOurs = (at: string): SecretsError =>
  fail('TAMPERED', 'a list of contents that lockstep does not write', { at })
