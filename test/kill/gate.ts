/** Loaded before a program (node --import): attaches strace to the one thread that does this process's work on files,
 *  with the arguments in LOCKSTEP_TEST_STRACE. From then on that thread's system calls are counted from 1. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'

const options: unknown = JSON.parse(process.env['LOCKSTEP_TEST_STRACE'] ?? '[]')
delete process.env['LOCKSTEP_TEST_STRACE']

// The thread is made when it is first needed.
await stat('/')
const workers = readdirSync('/proc/self/task').filter(
  (thread) => readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim() === 'libuv-worker',
)
const [worker] = workers
if (worker === undefined || workers.length > 1) throw new Error(`${workers.length} threads work on files, not one`)

const strace = spawn('strace', ['-p', worker, ...(Array.isArray(options) ? options.map(String) : [])], {
  stdio: ['ignore', 'ignore', 'pipe'],
})
await new Promise<void>((resolve, reject) => {
  strace.stderr.on('data', (said: Buffer) =>
    said.includes(' attached') ? resolve() : reject(new Error(said.toString())),
  )
  strace.once('error', reject)
})
strace.unref()
strace.stderr.destroy()
