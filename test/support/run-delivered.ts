import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import type { TestContext } from 'node:test'
import { scopeFiles, writeScope } from './scope.ts'
import { temporary } from './temporary.ts'

const program = resolve(import.meta.dirname, '..', '..', 'src', 'bin.ts')

export interface Ended {
  readonly status: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
  readonly pid: number
}

/** Runs the program itself to its end; `onOutput` is called with its PID at the first word it says. */
export const lockstep = (args: readonly string[], onOutput?: (pid: number) => void): Promise<Ended> =>
  new Promise((done, reject) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    const pid = child.pid ?? 0
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => {
      if (stdout === '') onOutput?.(pid)
      stdout += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.once('error', reject)
    child.once('close', (status, signal) => done({ status, signal, stdout, stderr, pid }))
  })

/** `run` on two groups that were delivered to a directory of the test's own: AWS_KEY of aws, APP_KEY of app. */
export const delivered = async (t: TestContext): Promise<readonly string[]> => {
  const root = temporary(t)
  writeScope(root, await scopeFiles({ aws: { AWS_KEY: 'canary one' }, app: { APP_KEY: 'canary\ntwo\n' } }))
  return ['run', '--password-file', `${root}/vault-password`, '--directory', `${root}/secrets`]
}

/** A directory in memory. */
export const inMemory = (t: TestContext): string => {
  const directory = mkdtempSync('/dev/shm/lockstep-test-')
  t.after(() => rmSync(directory, { recursive: true }))
  return directory
}
