import { cronPath } from '../../core/schedule/installed.ts'
import { fail } from '../../core/errors.ts'
import { checkOnPath, checkProgram } from './path-programs.ts'
import type { SafePorts } from './reach.ts'
import { reach } from './reach.ts'
import { checkOnlyRootWrites } from './safe-clone.ts'

/** The lockstep that jobs start: LOCKSTEP_PROGRAM, else the one of the clone, else the one on PATH; as the script of a
 *  project looks for it, and now, so that a job does not find another one. Its path is without links: nobody turns one.
 *  Nothing of it runs before it is known to be root's, with what it starts itself.
 *  @param path the PATH of jobs
 *  @throws NOT_FOUND; UNSAFE for what others can change; UNAVAILABLE when it does not start under cron */
export const findScheduled = async (ports: SafePorts, root: string, path: string = cronPath): Promise<string> => {
  const given = ports.machine.environment['LOCKSTEP_PROGRAM']
  if (given !== undefined && given !== '' && !given.startsWith('/')) {
    throw fail('USAGE', 'LOCKSTEP_PROGRAM must be an absolute path: jobs start elsewhere', {
      at: 'LOCKSTEP_PROGRAM',
      hint: 'LOCKSTEP_PROGRAM=/usr/local/bin/lockstep, or leave it out',
    })
  }
  const found = await ports.exec.find('lockstep')
  const places = [
    ...(given === undefined || given === '' ? [] : [given]),
    `${root}/node_modules/.bin/lockstep`,
    `${root}/bin/lockstep`,
    ...(found === null ? [] : [found]),
    '/usr/local/bin/lockstep',
  ]
  for (const place of places) {
    if (!place.startsWith('/') || (await ports.files.stat(place)) === null) continue
    const { real, facts } = await reach(ports, place)
    if (facts === null) continue
    await checkStarted(ports, real, path)
    await checkStarts(ports, real, path)
    return real
  }
  throw fail('NOT_FOUND', 'there is no lockstep that a job could start', {
    hint: 'ln -s /path/to/lockstep /usr/local/bin, or LOCKSTEP_PROGRAM=/path/to/lockstep lockstep schedule install',
  })
}

/** A package starts the node that it has, else the one on PATH; each starts Ansible, and that ssh. */
const checkStarted = async (ports: SafePorts, real: string, path: string): Promise<void> => {
  const end = '/bin/lockstep'
  const isPackage = real.endsWith(end) && real !== end
  if (isPackage) await checkOnlyRootWrites(ports, real.slice(0, -end.length), { withoutGit: true })
  else await checkProgram(ports, real, path)
  const own = `${real.slice(0, -end.length)}/node_modules/.bin/node`
  const needsNode = isPackage && (await ports.files.stat(own)) === null
  for (const name of [...(needsNode ? ['node'] : []), 'ansible-playbook', 'ssh', 'git']) {
    await checkOnPath(ports, name, path)
  }
}

const checkStarts = async ({ exec }: SafePorts, program: string, path: string): Promise<void> => {
  const env = { PATH: path, HOME: '/root' }
  const { status } = await exec.run(program, ['--version'], { env, timeout: 30_000 })
  if (status === 0) return
  throw fail('UNAVAILABLE', `lockstep does not start with the short PATH that jobs have (it ended with ${status})`, {
    at: program,
    hint: `try it: env -i PATH=${path} HOME=/root ${program} --version; it needs a node on that PATH which is root’s`,
  })
}
