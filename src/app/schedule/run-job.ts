import { isoTime } from '../../core/duration.ts'
import { type Code, codes, fail, hasCode, kindOfError, SecretsError } from '../../core/errors.ts'
import type { KnownJob } from '../../core/known/known.ts'
import { quoteName } from '../../core/names.ts'
import type { Ports } from '../../core/ports.ts'
import type { Job } from '../../core/schedule/jobs.ts'
import type { Line } from '../alerts/tell.ts'
import { isNoRecord, inOneLine, tell } from '../alerts/tell.ts'
import { learn, readKnown } from '../known/known-store.ts'
import { writeTextfile } from '../metrics/metrics-text.ts'
import { findProject, type Project } from '../project/project.ts'
import { statePath } from '../project/state-path.ts'

interface Ended {
  readonly exit?: Code | number
}

export interface JobCall<R extends Ended> {
  readonly environment: string | undefined
  readonly line: Line
  readonly work: () => Promise<R>
}

/** Runs a command as a job: one at a time, its begin and end in the known record, whoever is to be told told, and the
 *  text file of metrics written anew.
 *  @throws what the work throws; CONFLICT, saying who, while another run of the same job goes on */
export const runJob = async <R extends Ended>(ports: Ports, job: Job, call: JobCall<R>): Promise<R> => {
  const project = await findProject(ports, { environment: call.environment })
  const lock = `${statePath(ports, `job-${job.name}`, project)}.lock`
  let isOurs = false
  const once = (): Promise<R> => {
    isOurs = true
    return recorded(ports, project, job, call)
  }
  try {
    return await ports.files.locked(lock, once, { wait: 0 })
  } catch (error) {
    if (!isOurs && hasCode(error, 'CONFLICT')) throw await runsAlready(ports, project, job, error)
    throw error
  }
}

const runsAlready = async (ports: Ports, project: Project, { name }: Job, held: SecretsError): Promise<Error> => {
  const running = (await readKnown(ports, project)).jobs[name]
  const who =
    running === undefined || running.ended !== null
      ? held.message
      : `process ${running.pid} on ${quoteName(ports.machine.hostname)} has been at it since ${isoTime(running.begun)}`
  return fail('CONFLICT', `the job ${name} runs already: ${who}`, {
    hint: 'nothing was done; it runs again at its next time',
  })
}

const recorded = async <R extends Ended>(
  ports: Ports,
  project: Project,
  job: Job,
  { work, line }: JobCall<R>,
): Promise<R> => {
  const { pid } = ports.machine
  const start = async (): Promise<number | null> => {
    const before = (await readKnown(ports, project)).jobs[job.name]?.succeeded ?? null
    await note(ports, project, job, begunNow(before))
    return before
  }
  const begunNow = (before: number | null): KnownJob => ({
    begun: ports.clock.now(),
    pid,
    ended: null,
    exit: null,
    succeeded: before,
    why: null,
  })
  const before = await start().catch((error: unknown) => {
    // what was to be done matters more than the record of it
    if (!isNoRecord(error)) throw error
    line(`this run is not recorded: ${inOneLine(error)}`)
    return undefined
  })
  if (before === undefined) return work()
  const begun = begunNow(before)
  const end = async (exit: number, why: string | null): Promise<void> => {
    const ended = ports.clock.now()
    await closed(ports, project, {
      job,
      line,
      record: { ...begun, ended, exit, why, succeeded: why === null ? ended : before },
    })
  }
  try {
    const result = await work()
    await end(exitOf(result.exit), failureOf(job, result.exit))
    return result
  } catch (error) {
    const isOurs = error instanceof SecretsError
    await end(
      codes[isOurs ? error.code : 'INTERNAL'].exit,
      isOurs ? `${error.code}: ${error.message}` : kindOfError(error),
    )
    throw error
  }
}

const note = (ports: Ports, project: Project, { name }: Job, record: KnownJob): Promise<unknown> =>
  learn(ports, project, (known) => ({ ...known, jobs: { ...known.jobs, [name]: record } }))

const exitOf = (exit: Code | number | undefined): number =>
  exit === undefined ? 0 : typeof exit === 'number' ? exit : codes[exit].exit

const failureOf = ({ fine }: Job, exit: Code | number | undefined): string | null =>
  exit === undefined || exit === 0 || (typeof exit === 'string' && fine.includes(exit)) ? null : `it ended with ${exit}`

/** The work stands, whatever becomes of what is told of it: that is said, and no more. */
const closed = async (
  ports: Ports,
  project: Project,
  { job, record, line }: { readonly job: Job; readonly record: KnownJob; readonly line: Line },
): Promise<void> => {
  const textfile = ports.machine.environment['LOCKSTEP_TEXTFILE']
  try {
    await note(ports, project, job, record)
    await tell(ports, project, await readKnown(ports, project), line)
    if (textfile?.startsWith('/') === true) await writeTextfile(ports, project, textfile)
  } catch (error) {
    if (!isNoRecord(error)) throw error
    line(`alerts and metrics do not know how this job ended: ${inOneLine(error)}`)
  }
}
