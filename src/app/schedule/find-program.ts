import { cronPath } from '../../core/schedule/installed.ts'
import { fail } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'

type FindPorts = Pick<Ports, 'files' | 'exec' | 'machine'>

/** The lockstep that jobs start: LOCKSTEP_PROGRAM, else the one of the clone, else the one on PATH; as the script of a
 *  project looks for it, and now, so that a job does not find another one.
 *  @throws NOT_FOUND; UNAVAILABLE when it does not start under cron */
export const findScheduled = async (ports: FindPorts, root: string): Promise<{ program: string; package: string }> => {
  const given = ports.machine.environment['LOCKSTEP_PROGRAM']
  if (given !== undefined && given !== '' && !given.startsWith('/')) {
    throw fail('USAGE', 'LOCKSTEP_PROGRAM must be an absolute path: jobs start elsewhere', { at: 'LOCKSTEP_PROGRAM' })
  }
  const found = await ports.exec.find('lockstep')
  const places = [
    ...(given === undefined || given === '' ? [] : [given]),
    `${root}/node_modules/.bin/lockstep`,
    `${root}/bin/lockstep`,
    ...(found === null ? [] : [found]),
    '/usr/local/bin/lockstep',
  ]
  for (const program of places) {
    const real = program.startsWith('/') ? await realPath(ports, program) : null
    if (real === null) continue
    await checkStarts(ports, program)
    return { program, package: packageOf(real) }
  }
  throw fail('NOT_FOUND', 'there is no lockstep that a job could start', {
    hint: 'ln -s /path/to/lockstep /usr/local/bin, or LOCKSTEP_PROGRAM=/path/to/lockstep lockstep schedule install',
  })
}

const realPath = async ({ files, exec }: FindPorts, path: string): Promise<string | null> => {
  if ((await files.stat(path)) === null) return null
  const { status, stdout } = await exec.run('readlink', ['-e', '--', path])
  const real = new TextDecoder().decode(stdout).replace(/\n$/, '')
  return status === 0 && real !== '' ? real : null
}

/** The directory around `bin/lockstep`; the program itself where it is one file. */
const packageOf = (real: string): string =>
  real.endsWith('/bin/lockstep') ? real.slice(0, -'/bin/lockstep'.length) || real : real

const checkStarts = async ({ exec }: FindPorts, program: string): Promise<void> => {
  const env = { PATH: cronPath, HOME: '/root' }
  const { status } = await exec.run(program, ['--version'], { env, timeout: 30_000 })
  if (status === 0) return
  throw fail('UNAVAILABLE', `lockstep does not start with the short PATH that jobs have (it ended with ${status})`, {
    at: program,
    hint: `try it: env -i PATH=${cronPath} HOME=/root ${program} --version; a node outside of that PATH: ln -s it into /usr/local/bin`,
  })
}
