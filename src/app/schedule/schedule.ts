import { fail, hasCode } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import { type Installed, installedOf } from '../../core/schedule/installed.ts'
import { type Job, jobs } from '../../core/schedule/jobs.ts'
import type { By, FileState, Places, WantedFile } from '../../core/schedule/schedule-plan.ts'
import { fileState, systemPlaces, timersOf, wantedFiles } from '../../core/schedule/schedule-plan.ts'
import { learn } from '../known/known-store.ts'
import type { Project } from '../project/project.ts'
import { checkUnattended } from '../rotate/commit-rotated.ts'
import { findScheduled } from './find-program.ts'
import { checkPlace } from './reach.ts'
import { checkOnlyRootWrites } from './safe-clone.ts'

export interface ScheduleOptions {
  readonly by: By
  /** Names of all commands there are: a job without one is not installed. */
  readonly commands: readonly string[]
  readonly textfile: string | null
  readonly check: boolean
  readonly places?: Places
  /** Where jobs find programs; default: the PATH in what is installed. */
  readonly path?: string
}

export interface ChangedFile {
  readonly path: string
  readonly state: FileState
}

export interface ScheduleDone {
  readonly environment: string
  readonly by: By
  readonly jobs: readonly string[]
  readonly files: readonly ChangedFile[]
  /** What keeps a job from its work as it is now. */
  readonly notes: readonly string[]
}

/** Jobs whose command exists. */
export const runnable = (commands: readonly string[]): readonly Job[] =>
  jobs.filter(({ name }) => commands.includes(name))

/** Puts the script and the lines of cron, or the timers, where they belong. A second time it changes nothing.
 *  @throws UNSAFE for a clone or program that others can change; CONFLICT for files there that are not ours; DENIED */
export const installSchedule = async (
  ports: Ports,
  project: Project,
  options: ScheduleOptions,
): Promise<ScheduleDone> => {
  const { by, commands, textfile, check, places = systemPlaces } = options
  if (by === 'systemd') await needSystemd(ports)
  else await needCron(ports, places)
  await checkOnlyRootWrites(ports, project.root)
  const program = await findScheduled(ports, project.root, options.path)
  const installed = installedFor(project, program, textfile)
  const wanted = wantedFiles(installed, { by, jobs: runnable(commands), all: jobs, places })
  for (const { path } of wanted) await checkPlace(ports, path)
  const states = await statesOf(ports, wanted, installed)
  const names = runnable(commands).map(({ name }) => name)
  const notes = names.includes('rotate') ? await rotateNotes(ports, project) : []
  const done = { environment: project.environment, by, jobs: names, files: states, notes }
  if (check) return done
  await apply(ports, wanted, states)
  await setTimers(ports, installed, { states, on: by === 'systemd' ? runnable(commands) : [] })
  await learn(ports, project, (known) => ({
    ...known,
    schedule: { by, since: sinceOf(known.schedule, done) ?? ports.clock.now(), jobs: done.jobs, program, textfile },
  }))
  return done
}

const rotateNotes = async (ports: Ports, project: Project): Promise<readonly string[]> => {
  try {
    await checkUnattended(ports, { project })
    return []
  } catch (error) {
    if (!hasCode(error, 'CONFIG')) throw error
    return [`the job rotate will be refused: ${error.message}; ${error.hint ?? ''}`]
  }
}

/** As long as the same runs in the same way, it is not newly expected. */
const sinceOf = (
  before: { readonly by: By; readonly since: number; readonly jobs: readonly string[] } | null,
  done: ScheduleDone,
): number | null =>
  before !== null && before.by === done.by && before.jobs.join() === done.jobs.join() ? before.since : null

/** Takes away exactly what install put there. */
export const removeSchedule = async (
  ports: Ports,
  project: Project,
  { check, places = systemPlaces }: { readonly check: boolean; readonly places?: Places },
): Promise<readonly ChangedFile[]> => {
  const installed = installedFor(project, '/', null)
  const wanted = wantedFiles(installed, { by: null, jobs: [], all: jobs, places })
  const states = await statesOf(ports, wanted, installed)
  if (check) return states
  await setTimers(ports, installed, { states, on: [] })
  await apply(ports, wanted, states)
  if (states.some(isUnit)) await systemctl(ports, ['daemon-reload'])
  await learn(ports, project, (known) => ({ ...known, schedule: null }))
  return states
}

export const installedFor = (project: Project, program: string, textfile: string | null): Installed =>
  installedOf({
    project: project.manifest.project,
    environment: project.environment,
    root: project.root,
    program,
    directory: project.manifest.directory,
    textfile,
  })

export const statesOf = (
  ports: Pick<Ports, 'files'>,
  wanted: readonly WantedFile[],
  { mark }: Installed,
): Promise<readonly ChangedFile[]> =>
  Promise.all(
    wanted.map(async (one) => ({ path: one.path, state: fileState(one, await foundAt(ports, one.path), mark) })),
  )

/** @throws UNSAFE for a link */
export const foundAt = async (
  { files }: Pick<Ports, 'files'>,
  path: string,
): Promise<{ readonly text: string; readonly mode: number } | null> => {
  const bytes = await files.read(path, { max: 1024 * 1024 })
  if (bytes === null) return null
  return { text: new TextDecoder().decode(bytes), mode: ((await files.stat(path))?.mode ?? 0) & 0o777 }
}

/** What starts a script is written after it and goes before it, so that nothing ever starts one that is not there. */
const apply = async (
  { files }: Pick<Ports, 'files'>,
  wanted: readonly WantedFile[],
  states: readonly ChangedFile[],
): Promise<void> => {
  const stateOf = (path: string): FileState | undefined => states.find((one) => one.path === path)?.state
  for (const { path } of wanted.toReversed()) if (stateOf(path) === 'to remove') await files.remove(path)
  for (const { path, mode, text } of wanted) {
    if (text === null || !['missing', 'edited'].includes(stateOf(path) ?? '')) continue
    await files.makeDirectory(path.slice(0, path.lastIndexOf('/')), { mode: 0o755 })
    await files.write(path, new TextEncoder().encode(text), { mode })
  }
}

const isUnit = ({ path, state }: ChangedFile): boolean =>
  /\.(timer|service)$/.test(path) && state !== 'absent' && state !== 'kept'

const needSystemd = async (ports: Pick<Ports, 'exec' | 'files'>): Promise<void> => {
  if ((await ports.exec.find('systemctl')) !== null && (await ports.files.stat('/run/systemd/system')) !== null) return
  throw fail('UNAVAILABLE', 'this machine is not run by systemd', { hint: 'lockstep schedule install, for cron' })
}

const needCron = async ({ files }: Pick<Ports, 'files'>, { cron }: Places): Promise<void> => {
  if ((await files.stat(cron)) !== null) return
  throw fail('UNAVAILABLE', 'this machine has no cron', {
    at: cron,
    hint: 'install one, or lockstep schedule install --systemd',
  })
}

const setTimers = async (
  ports: Pick<Ports, 'exec'>,
  installed: Installed,
  { states, on }: { readonly states: readonly ChangedFile[]; readonly on: readonly Job[] },
): Promise<void> => {
  const wanted = timersOf(installed, on)
  const going = states
    .filter(({ path, state }) => path.endsWith('.timer') && state === 'to remove')
    .map(({ path }) => path.slice(path.lastIndexOf('/') + 1))
  if (going.length > 0) await systemctl(ports, ['disable', '--now', ...going])
  if (states.some(isUnit)) await systemctl(ports, ['daemon-reload'])
  if (wanted.length > 0) await systemctl(ports, ['enable', '--now', ...wanted])
}

const systemctl = async ({ exec }: Pick<Ports, 'exec'>, args: readonly string[]): Promise<void> => {
  try {
    const { status } = await exec.run('systemctl', args, { timeout: 60_000 })
    if (status === 0 || args[0] === 'disable') return
    throw fail('UNAVAILABLE', `systemctl ${args[0] ?? ''} ended with ${status}`, {
      hint: `systemctl ${args.join(' ')}`,
    })
  } catch (error) {
    // units that are left of a machine that has no systemd any more
    if (!hasCode(error, 'NOT_FOUND') || args[0] === 'enable') throw error
  }
}
