import { readFileSync, writeFileSync } from 'node:fs'
import { nullOnSync } from './system-error.ts'

const ignore = (): void => {}

// Node opens an unauthenticated debugger on SIGUSR1 unless somebody listens. This module is the first that the program
// imports, so that the time before this line is short; the launcher closes it with --disable-sigusr1.
process.on('SIGUSR1', ignore)
process.on('SIGUSR2', ignore)

const coredumpFilter = '/proc/self/coredump_filter'
const unreachable = ['ENOENT', 'EACCES', 'EPERM', 'EROFS'] as const

/** How we were started, once it has been changed. */
let inherited: { readonly umask: number; readonly filter: string | null } | null = null

/** Makes this process keep to itself: files are private by default, a core dump holds none of our memory, and there
 *  are no diagnostic reports, which carry the whole environment at mode 0644. */
export const harden = (): void => {
  const umask = process.umask(0o077)
  if (process.report) {
    process.report.reportOnFatalError = false
    process.report.reportOnSignal = false
    process.report.reportOnUncaughtException = false
  }
  const filter =
    process.platform === 'linux' ? nullOnSync(unreachable, () => readFileSync(coredumpFilter, 'utf8')) : null
  if (filter !== null) nullOnSync(unreachable, () => writeFileSync(coredumpFilter, '0'))
  inherited = { umask, filter }
}

/** Undoes harden for a program that takes our place: what follows a process through execve is its own affair again. */
export const handBack = (): void => {
  if (inherited === null) return
  const { umask, filter } = inherited
  inherited = null
  process.umask(umask)
  if (filter !== null) nullOnSync(unreachable, () => writeFileSync(coredumpFilter, `0x${filter.trim()}`))
}
