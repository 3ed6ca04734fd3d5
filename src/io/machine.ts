import { homedir, hostname, userInfo } from 'node:os'
import { fail } from '../core/errors.ts'
import type { Machine } from '../core/ports.ts'
import { isSystem } from './system-error.ts'

/** This machine and whoever runs us; each fact is looked up when it is asked for. */
export const machine: Machine = {
  platform: process.platform,
  pid: process.pid,
  environment: process.env,
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
      return true
    } catch (error) {
      // EPERM: somebody else's process, but there
      return isSystem(error, 'EPERM')
    }
  },
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
