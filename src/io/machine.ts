import { readFileSync } from 'node:fs'
import { homedir, hostname, userInfo } from 'node:os'
import { fail } from '../core/errors.ts'
import type { Machine } from '../core/ports.ts'
import { absent, isSystem, nullOnSync } from './system-error.ts'

/** This machine and whoever runs us; each fact is looked up when it is asked for. */
export const machine: Machine = {
  platform: process.platform,
  pid: process.pid,
  environment: process.env,
  get parent() {
    return { pid: process.ppid, name: programName(process.ppid) }
  },
  get hostname() {
    return hostname()
  },
  get uid() {
    return process.geteuid?.() ?? 0
  },
  get user() {
    return userName()
  },
  get home() {
    return process.env['HOME'] || homedir()
  },
  get cwd() {
    return workingDirectory()
  },
  isAlive: (pid) => {
    try {
      process.kill(pid, 0)
      return !hasEnded(pid)
    } catch (error) {
      // EPERM: somebody else's process, but there
      return isSystem(error, 'EPERM')
    }
  },
}

/** Of the words a program was started with only the first, and of that no directory. */
const programName = (pid: number): string | null => {
  const words = nullOnSync([...absent, 'ESRCH', 'EACCES', 'EPERM'], () => readFileSync(`/proc/${pid}/cmdline`))
  const first = words?.subarray(0, words.indexOf(0)).toString() ?? ''
  const name = first.slice(first.lastIndexOf('/') + 1)
  // a program may put a whole line there, as sshd does
  return name.split(' ')[0] || null
}

/** One that only waits to be collected: its parent may take long, or never come to it. */
const hasEnded = (pid: number): boolean => {
  const stat = nullOnSync([...absent, 'ESRCH', 'EACCES', 'EPERM'], () => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  // The program's name stands in brackets and may hold anything, so look behind the last one.
  return stat !== null && /^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
}

/** A uid without an account (as in many containers) is its own name. */
const userName = (): string => {
  try {
    return userInfo().username
  } catch (error) {
    if (error instanceof Error && error.message.includes('uv_os_get_passwd')) return String(process.geteuid?.() ?? 0)
    throw error
  }
}

const workingDirectory = (): string => {
  try {
    return process.cwd()
  } catch (error) {
    if (!isSystem(error, 'ENOENT')) throw error
    throw fail('NOT_FOUND', 'the working directory does not exist any more', { hint: 'cd to a directory that does' })
  }
}
