/** What runs on a host, run here on a directory of the test's own, as the action plugin starts it. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Operation } from '../../src/core/fleet/fleet.ts'
import { frameOf } from '../../src/fleet/frame.ts'
import { readReceiver } from '../../src/fleet/receiver-parts.ts'
import { files } from '../../src/io/files.ts'
import { must } from '../support/must.ts'

const root = resolve(import.meta.dirname, '..', '..')
const conversation = readFileSync(join(root, 'ansible/plugins/plugin_utils/conversation.py'), 'utf8')
const boot = /^BOOT = "(.*)"$/m.exec(conversation)?.[1] ?? ''
// python3 on PATH may be a script that looks for one
const interpreter = must('python3', ['-c', 'import sys; print(sys.executable)']).toString().trim()
const receiver = await readReceiver(files, join(root, 'ansible'))

export interface Call {
  readonly operation: Operation
  readonly blobs?: readonly Uint8Array[]
  /** What lies at /etc/cron.d for this call; none: what lies there. */
  readonly cron?: string
}

/** What it answered: `ok` or `refused`; nothing when it was killed. */
export interface Answer {
  readonly ok?: Readonly<Record<string, unknown>>
  readonly refused?: { readonly code: string; readonly message: string }
  readonly signal: string | null
}

/** One call, under `strace` with these arguments where there are any. */
export const onHost = ({ operation, blobs = [], cron }: Call, strace: readonly string[] = []): Promise<Answer> =>
  new Promise((done, reject) => {
    const [head = new Uint8Array(4), ...rest] = frameOf(receiver(operation), operation, blobs)
    const size = new DataView(head.buffer).getUint32(0)
    const python = [interpreter, '-I', '-S', '-c', boot, String(size)]
    const traced = strace.length === 0 ? python : ['strace', '-D', ...strace, ...python]
    const [program = '', ...args] = cron === undefined ? traced : [...withCron, cron, ...traced]
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.on('data', (part: Buffer) => (said += part.toString()))
    child.stdin.on('error', () => undefined).end(Buffer.concat(rest))
    child.once('error', reject)
    child.once('close', (_status, signal) => {
      const line = said.split('\n').find((one) => one.startsWith('LOCKSTEP '))
      done({ ...(line === undefined ? {} : JSON.parse(line.slice('LOCKSTEP '.length))), signal })
    })
  })

const withCron = ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc/cron.d && exec "$@"']

/** One system call by which the receiver changes files: the `count`-th of its name. */
export interface Step {
  readonly call: string
  readonly count: number
  /** As strace shows it. */
  readonly shown: string
}

const changing = ['mkdirat', 'renameat', 'symlinkat', 'unlinkat', 'write', 'fsync', 'fchmod', 'fchown', 'ftruncate']

/** Every call by which an undisturbed run changes files, in order. */
export const record = async (call: Call, log: string): Promise<readonly Step[]> => {
  const { ok, refused } = await onHost(call, ['-y', '-s', '0', '-o', log, '-e', `trace=openat,${changing.join(',')}`])
  if (ok === undefined) throw new Error(`refused: ${JSON.stringify(refused)}`)
  return stepsOf(readFileSync(log, 'utf8'))
}

/** The steps that a log of strace shows. How many files it opens depends on how many processes there are, once it has
 *  begun to look at them: from there on only what follows an opening is a step. */
export const stepsOf = (log: string): readonly Step[] => {
  const counts = new Map<string, number>()
  const looksAtProcesses = log.split('\n').findIndex((shown) => shown.includes('mountinfo'))
  return log.split('\n').flatMap((shown, index) => {
    const name = /^(\w+)\(/.exec(shown)?.[1]
    if (name === undefined) return []
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    const isKnown = looksAtProcesses === -1 || index < looksAtProcesses
    const isChange =
      name === 'openat' ? shown.includes('O_CREAT') && isKnown : !/^write\(\d+<(pipe|socket|\/dev)/.test(shown)
    return isChange && !shown.includes(' = -1 ') ? [{ call: name, count, shown }] : []
  })
}
