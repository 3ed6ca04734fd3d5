import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formsOf } from '../support/canary.ts'

/** What a disk may be like when a command runs. */
export type Disk = 'good' | 'full' | 'read-only'

export interface WatchedRun {
  /** The project as it is to be found; a copy is used. */
  readonly project: string
  /** For this run alone: gets `project`, `home` and `log`. */
  readonly place: string
  readonly program: readonly string[]
  readonly args: readonly string[]
  readonly input: string
  readonly env: Readonly<Record<string, string>>
  readonly disk: Disk
}

export interface Watched {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  /** One line for each program started, with arguments and environment, and each writing or sending of bytes, as strace
   *  shows them. */
  readonly calls: readonly string[]
}

const traced = ['execve', 'execveat', 'write', 'pwrite64', 'writev', 'pwritev', 'sendto', 'sendmsg', 'connect']
const strace = ['strace', '-f', '--seccomp-bpf', '-v', '-yy', '-s', '1000000', '-e', `trace=${traced.join(',')}`, '-o']

/** In a mount namespace of its own: the project on a small file system that is full or read-only, then the command, then
 *  what has become of the project. */
const onOtherDisk = `
set -e
mount -t tmpfs -o size=512k,mode=700 none "$PROJECT"
cp -a "$SOURCE/." "$PROJECT/"
if [ "$DISK" = full ]; then dd if=/dev/zero of="$PROJECT/.fill" bs=4k 2>/dev/null || true
else mount -o remount,ro "$PROJECT"; fi
cd "$PROJECT"
status=0
"$@" || status=$?
rm -f "$PROJECT/.fill" 2>/dev/null || true
cp -a "$PROJECT/." "$RESULT/"
exit $status`

/** Runs the program and notes every way by which bytes could leave it. */
export const watch = async (run: WatchedRun): Promise<Watched> => {
  const [project, home, log] = ['project', 'home', 'log'].map((name) => join(run.place, name))
  if (project === undefined || home === undefined || log === undefined) throw new Error('unreachable')
  mkdirSync(home, { recursive: true, mode: 0o700 })
  mkdirSync(project, { mode: 0o700 })
  const command = [...strace, log, ...run.program, ...run.args]
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, TMPDIR: home, LANG: 'C.UTF-8', ...run.env }
  if (run.disk === 'good') cpSync(run.project, project, { recursive: true })
  const [file, ...args] = run.disk === 'good' ? command : ['unshare', '-m', 'sh', '-c', onOtherDisk, 'sh', ...command]
  const disk = { PROJECT: project, SOURCE: run.project, RESULT: join(run.place, 'result'), DISK: run.disk }
  if (run.disk !== 'good') mkdirSync(disk.RESULT)
  const said = await speak(file ?? '', args, project, { ...env, ...(run.disk === 'good' ? {} : disk) }, run.input)
  return { ...said, calls: readFileSync(log, 'utf8').split('\n') }
}

const speak = (
  file: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  input: string,
): Promise<Omit<Watched, 'calls'>> =>
  new Promise((resolve, reject) => {
    // Without a terminal of ours, so that nothing asks there.
    const child = spawn(file, [...args], { cwd, env: { ...env }, detached: true })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (part: Buffer) => (stdout += part.toString('latin1')))
    child.stderr.on('data', (part: Buffer) => (stderr += part.toString('latin1')))
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    child.once('error', reject)
    child.once('close', (status) => resolve({ status, stdout, stderr }))
  })

/** The calls that show one of these values, less those to standard output and error, whose text is looked at itself. */
export const tellingCalls = (calls: readonly string[], canaries: readonly string[]): readonly string[] => {
  const all = calls.join('\n')
  const forms = canaries.flatMap((canary) => [...formsOf(canary).values()]).filter((form) => all.includes(form))
  return calls.filter((call) => !/^\d+ +write\([12]</.test(call) && forms.some((form) => call.includes(form)))
}

/** Ways out of the machine, or into its log. */
export const outwardCalls = (calls: readonly string[]): readonly string[] =>
  calls.filter((call) => /\b(?:connect|sendto|sendmsg)\(/.test(call) && /AF_INET|\/dev\/log|journal/.test(call))
