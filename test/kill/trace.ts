import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { journalKey } from '../../src/io/journal-key.ts'

/** One system call by which a program changes files: the `count`-th of its name. */
export interface Point {
  readonly call: string
  readonly count: number
  /** As strace shows it. */
  readonly shown: string
}

export interface Run {
  readonly args: readonly string[]
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
}

export interface End {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A program as one plain JavaScript file: it starts in a third of the time, and these tests start hundreds. */
export const bundled = async (path: string, directory: string): Promise<string> => {
  const outfile = join(directory, `${basename(path, '.ts')}.mjs`)
  await build({ entryPoints: [path], outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'warning' })
  return outfile
}

const built = mkdtempSync(join(tmpdir(), 'lockstep-gate-'))
process.once('exit', () => rmSync(built, { recursive: true }))

// The killed program and whoever finishes for it are one person, who has a key for journals before anything is counted.
const state = join(built, 'state')
process.env['XDG_STATE_HOME'] = state
await journalKey(join(built, 'project'))

const gate = await bundled(join(import.meta.dirname, 'gate.ts'), built)

const changing = ['pwrite64', 'write', 'rename', 'link', 'symlink', 'unlink', 'mkdir', 'rmdir', 'fsync', 'fdatasync']
const attributes = ['fchmod', 'chmod', 'fchown', 'chown', 'ftruncate', 'truncate', 'utimensat']

/** Runs node with one thread for files, and strace on that thread. */
export const traced = (run: Run, strace: readonly string[]): Promise<End> =>
  new Promise((resolve, reject) => {
    const env = { PATH: process.env['PATH'] ?? '', ...run.env, XDG_STATE_HOME: state, UV_THREADPOOL_SIZE: '1' }
    const child = spawn(process.execPath, ['--import', gate, ...run.args], {
      cwd: run.cwd,
      env: { ...env, LOCKSTEP_TEST_STRACE: JSON.stringify(strace) },
    })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (part: Buffer) => (stdout += part.toString()))
    child.stderr.on('data', (part: Buffer) => (stderr += part.toString()))
    child.stdin.on('error', () => {})
    child.stdin.end(run.input ?? '')
    child.once('error', reject)
    child.once('close', (status, signal) => resolve({ status, signal, stdout, stderr }))
  })

/** Every call by which an undisturbed run changes files, in order. */
export const record = async (run: Run, log: string): Promise<readonly Point[]> => {
  const names = ['openat', ...changing, ...attributes].join(',')
  const end = await traced(run, ['-y', '-s', '0', '-o', log, '-e', `trace=${names}`])
  assert.equal(end.status, 0, end.stderr)
  const counts = new Map<string, number>()
  return readFileSync(log, 'utf8')
    .split('\n')
    .flatMap((shown) => {
      const call = /^(\w+)\(/.exec(shown)?.[1]
      if (call === undefined) return []
      const count = (counts.get(call) ?? 0) + 1
      counts.set(call, count)
      return changesFiles(call, shown) ? [{ call, count, shown }] : []
    })
}

const changesFiles = (call: string, shown: string): boolean => {
  if (call === 'openat') return /O_CREAT|O_TRUNC/.test(shown)
  // Threads wake each other and programs talk by write: of those there is no telling which is which by number.
  if (call !== 'write') return !/= -1 /.test(shown)
  const onDisk = /^write\(\d+<\/(?!dev\/)/.test(shown)
  assert.ok(!onDisk, `a file is written without a position, which cannot be told from other writing: ${shown}`)
  return false
}

/** Those at which a kill leaves something of its own: one before a sync leaves what one before the next change does, as the
 *  kernel keeps what was written. (What a power cut leaves is for the power suite.) */
export const distinct = <T extends { readonly call: string }>(points: readonly T[]): readonly T[] =>
  points.filter(({ call }, index) => index === points.length - 1 || !/^f(?:data)?sync$/.test(call))

/** The run again, killed as it enters that call. */
export const killedAt = (run: Run, { call, count }: Point): Promise<End> =>
  traced(run, ['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${count}`])

/** The run again, that call answered with an error. */
export const refusedAt = (run: Run, { call, count }: Point, error: string): Promise<End> =>
  traced(run, ['-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${call}:error=${error}:when=${count}`])

/** Two at a time. */
export const eachOf = async <T>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<void>,
): Promise<void> => {
  const queue = items.entries()
  const lane = async (): Promise<void> => {
    for (const [index, item] of queue) await work(item, index)
  }
  await Promise.all([lane(), lane()])
}
