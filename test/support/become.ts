import { spawn } from 'node:child_process'

const launcher = new URL('../../src/io/launcher.ts', import.meta.url).href

export interface Ended {
  readonly status: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

export interface Start {
  readonly identity?: object
  readonly resident?: boolean
  readonly environment?: Readonly<Record<string, string>>
  /** Called with the PID once the program has said something. */
  readonly onOutput?: (pid: number) => void
}

/** A process that becomes another program, as `run` does; ends with 99 and the code on stdout where it is refused. */
export const become = (path: string, args: readonly string[], start: Start = {}): Promise<Ended> => {
  const program = {
    path,
    name: path,
    args,
    environment: start.environment ?? { PATH: '/bin' },
    identity: start.identity ?? null,
  }
  const code = `
    import { openLauncher } from ${JSON.stringify(launcher)}
    const launcher = ${start.resident ? 'openLauncher(null)' : 'openLauncher()'}
    try { process.exit(await launcher.become(${JSON.stringify(program)})) }
    catch (error) { console.log(error.code, error.message); process.exit(99) }`
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'pipe'] })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => {
      if (stdout === '' && child.pid !== undefined) start.onOutput?.(child.pid)
      stdout += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.once('error', reject)
    child.once('close', (status, signal) => resolve({ status, signal, stdout, stderr }))
  })
}
