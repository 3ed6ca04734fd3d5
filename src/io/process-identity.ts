import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { absent, isSystem, nullOnSync } from './system-error.ts'

/** Names one process for good: a number alone is given out again. */
export interface ProcessIdentity {
  readonly pid: number
  /** When it started, as the system counts (clock ticks on Linux, seconds elsewhere). */
  readonly start: string
  readonly host: string
  /** Which start of the machine and which process namespace the number belongs to. */
  readonly boot: string
}

/** Where the system does not tell when processes started: a Linux without /proc. */
const unknownStart = '0'

let own: Promise<ProcessIdentity> | undefined

/** This process. */
export const ownIdentity = (): Promise<ProcessIdentity> => (own ??= identify())

const identify = async (): Promise<ProcessIdentity> => ({
  pid: process.pid,
  start: (await startOf('self')) ?? unknownStart,
  host: hostname(),
  boot: await bootOf(),
})

const bootOf = async (): Promise<string> => {
  if (process.platform !== 'linux') return 'any'
  const boot = nullOnSync([...absent, 'EACCES'], () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))
  const namespace = nullOnSync([...absent, 'EACCES'], () => readlinkSync('/proc/self/ns/pid'))
  return `${(boot ?? '').slice(0, 8)}.${(namespace ?? '').replace(/\D/g, '')}`
}

/** Null when the process is not there, or has ended and only waits to be collected. */
const startOf = async (pid: number | 'self'): Promise<string | null> => {
  if (process.platform !== 'linux') return startByPs(pid === 'self' ? process.pid : pid)
  const stat = nullOnSync([...absent, 'ESRCH', 'EACCES'], () => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  if (stat === null) return null
  // The program's name stands in brackets and may hold anything, so count from the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? null : Number(fields[19] ?? 0).toString(36)
}

const startByPs = async (pid: number): Promise<string | null> => {
  const { exec } = await import('./exec.ts')
  const env = { PATH: '/bin:/usr/bin', LC_ALL: 'C', TZ: 'UTC' }
  const { status, stdout } = await exec.run('ps', ['-o', 'lstart=', '-p', String(pid)], { env, timeout: 5000 })
  const seconds = Date.parse(`${new TextDecoder().decode(stdout).trim()} UTC`) / 1000
  return status !== 0 || Number.isNaN(seconds) ? null : seconds.toString(36)
}

/** Is it still running? `unknown` when it lives where we cannot look: another machine, another container. */
export const isRunning = async (other: ProcessIdentity): Promise<'yes' | 'no' | 'unknown'> => {
  const here = await ownIdentity()
  if (other.host !== here.host) return 'unknown'
  if (other.boot !== here.boot) return bootPart(other) === bootPart(here) ? 'unknown' : 'no'
  if (!hasProcess(other.pid)) return 'no'
  if (here.start === unknownStart) return 'yes'
  const start = await startOf(other.pid)
  if (start === null) return (await isHidden(other.pid)) ? 'yes' : 'no'
  return start === other.start ? 'yes' : 'no'
}

const bootPart = (identity: ProcessIdentity): string => identity.boot.split('.')[0] ?? ''

const hasProcess = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    if (isSystem(error, 'EPERM')) return true
    if (isSystem(error, 'ESRCH')) return false
    throw error
  }
}

/** /proc may be mounted so that the processes of others are not shown (hidepid): there, but not to be seen. */
const isHidden = async (pid: number): Promise<boolean> =>
  process.platform === 'linux' &&
  process.geteuid?.() !== 0 &&
  nullOnSync([...absent, 'EACCES', 'EPERM'], () => readFileSync(`/proc/${pid}/stat`, 'utf8')) === null

/** Reads what JSON.stringify makes of an identity. Null for anything else. */
export const parseIdentity = (text: string): ProcessIdentity | null => {
  const value = parseObject(text)
  if (value === null || !('pid' in value && 'start' in value && 'host' in value && 'boot' in value)) return null
  const { pid, start, host, boot } = value
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return null
  if (typeof start !== 'string' || typeof host !== 'string' || typeof boot !== 'string') return null
  return { pid, start, host, boot }
}

const parseObject = (text: string): object | null => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? value : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}
