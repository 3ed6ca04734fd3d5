import type { Code } from '../core/errors.ts'
import { fail, SecretsError } from '../core/errors.ts'
import { quoteName } from '../core/names.ts'

interface Meaning {
  readonly code: Code
  readonly says: string
  readonly hint?: string
}

const full = 'make room and run the same command again; what was there before is unchanged'
const owner = 'look at who owns it and at its mode with ls -ld, or run as its owner'

const meanings: Readonly<Record<string, Meaning>> = {
  ENOENT: { code: 'NOT_FOUND', says: 'there is no such file or directory' },
  ENOTDIR: { code: 'NOT_FOUND', says: 'a part of the path is not a directory' },
  EACCES: { code: 'DENIED', says: 'permission denied', hint: owner },
  EPERM: { code: 'DENIED', says: 'operation not permitted', hint: owner },
  EEXIST: { code: 'CONFLICT', says: 'something is there already' },
  ENOTEMPTY: { code: 'CONFLICT', says: 'the directory is not empty' },
  ELOOP: { code: 'UNSAFE', says: 'a symbolic link is in the way', hint: 'replace the link with what it points to' },
  EISDIR: { code: 'UNSAFE', says: 'a directory is where a file should be' },
  EXDEV: { code: 'UNSAFE', says: 'source and target are on different file systems' },
  ENAMETOOLONG: { code: 'USAGE', says: 'the name is too long' },
  EINVAL: { code: 'USAGE', says: 'the system does not take this name or operation' },
  ERR_INVALID_ARG_VALUE: { code: 'USAGE', says: 'the path holds a character that paths cannot hold' },
  ENOSPC: { code: 'UNAVAILABLE', says: 'no space left on the disk', hint: full },
  EDQUOT: { code: 'UNAVAILABLE', says: 'the disk quota is used up', hint: full },
  EROFS: { code: 'UNAVAILABLE', says: 'the file system is read-only', hint: 'mount it writable and run again' },
  EIO: { code: 'UNAVAILABLE', says: 'the disk answers with an input/output error', hint: 'look at dmesg' },
}

/** The system's own name of what went wrong (`ENOENT`), also behind an error of ours; null for any other error. */
export const systemCode = (error: unknown): string | null => {
  if (error instanceof SecretsError) return error.cause === undefined ? null : systemCode(error.cause)
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

export const isSystem = (error: unknown, ...wanted: readonly string[]): boolean =>
  wanted.includes(systemCode(error) ?? '')

/** The error of ours for a system call that failed on `path`; errors of ours pass through as they are.
 *  `doing` is what we wanted, as in "cannot write". */
export const fromSystem = (error: unknown, doing: string, path: string): unknown => {
  const name = systemCode(error)
  if (name === null || error instanceof SecretsError) return error
  const meaning = meanings[name] ?? { code: 'UNAVAILABLE', says: `the system answers ${name}` }
  return fail(meaning.code, `cannot ${doing} ${quoteName(path)}: ${meaning.says}`, {
    at: path,
    cause: error,
    ...(meaning.hint === undefined ? {} : { hint: meaning.hint }),
  })
}

/** Runs `work` with its system errors turned into ours. */
export const mapped = async <T>(doing: string, path: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    throw fromSystem(error, doing, path)
  }
}

/** Runs `work`; null when it fails in one of the ways named. */
export const nullOn = async <T>(codes: readonly string[], work: () => Promise<T>): Promise<T | null> => {
  try {
    return await work()
  } catch (error) {
    if (isSystem(error, ...codes)) return null
    throw error
  }
}

/** What the system says when there is nothing at a path. */
export const absent = ['ENOENT', 'ENOTDIR'] as const

/** nullOn for the few places that cannot wait. */
export const nullOnSync = <T>(codes: readonly string[], work: () => T): T | null => {
  try {
    return work()
  } catch (error) {
    if (isSystem(error, ...codes)) return null
    throw error
  }
}
