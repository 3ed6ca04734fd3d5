import { fail } from '../../core/errors.ts'
import { shellWord } from '../../core/host-text.ts'
import type { FileFacts, Ports } from '../../core/ports.ts'

export type SafePorts = Pick<Ports, 'files' | 'exec' | 'machine'>

export interface Reached {
  /** Without links. */
  readonly real: string
  /** Null: nothing is there. */
  readonly facts: FileFacts | null
}

const mostLinks = 40

/** Goes to an absolute path as the system does, through each link: on the way and there nobody but root can change
 *  anything. `seen` are places that were looked at before, and are not again.
 *  @throws UNSAFE naming the first that others can change; for links without end */
export const reach = async (ports: SafePorts, path: string, seen: Set<string> = new Set()): Promise<Reached> => {
  const look = async (place: string): Promise<FileFacts | null> => {
    const facts = await ports.files.stat(place)
    if (facts !== null && !seen.has(place) && isOthers(ports, facts)) throw writable(place)
    if (facts !== null && facts.kind !== 'link') seen.add(place)
    return facts
  }
  let facts = await look('/')
  let real = ''
  let links = 0
  const names = partsOf(path)
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const next = name === '..' ? real.slice(0, Math.max(real.lastIndexOf('/'), 0)) : `${real}/${name}`
    facts = await look(next === '' ? '/' : next)
    if (facts === null) return { real: [next, ...names].join('/'), facts }
    if (facts.kind !== 'link') {
      real = next
      continue
    }
    if (++links > mostLinks) throw fail('UNSAFE', 'links that lead to each other', { at: path, hint: removeIt(path) })
    const target = await targetOf(ports, next)
    if (target.startsWith('/')) real = ''
    names.unshift(...partsOf(target))
  }
  return { real: real === '' ? '/' : real, facts }
}

/** Where a file of the schedule goes: nobody but root can put another there, and one that is there is root's.
 *  @throws UNSAFE */
export const checkPlace = async (ports: SafePorts, path: string): Promise<void> => {
  await reach(ports, path.slice(0, path.lastIndexOf('/')))
  const facts = await ports.files.stat(path)
  if (facts !== null && isOfAnother(ports, facts)) throw writable(path)
}

const partsOf = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.')

const targetOf = async ({ exec }: SafePorts, link: string): Promise<string> => {
  const { status, stdout } = await exec.run('readlink', ['-n', '--', link])
  if (status === 0) return new TextDecoder().decode(stdout)
  throw fail('UNAVAILABLE', 'where this link leads could not be found out', { at: link })
}

/** In a directory with the sticky bit, as /tmp, others can add names and not change ours. */
const isOthers = (ports: SafePorts, facts: FileFacts): boolean =>
  isOfAnother(ports, facts) || (facts.kind !== 'link' && (facts.mode & 0o022) !== 0 && (facts.mode & 0o1000) === 0)

const isOfAnother = ({ machine }: SafePorts, { uid }: FileFacts): boolean => uid !== 0 && uid !== machine.uid

/** `all`: so is what is below. */
export const writable = (path: string, all: string | null = null): Error => {
  const word = shellWord(all ?? path)
  const how = all === null ? '' : '-R '
  return fail('UNSAFE', 'others than root can change what a job of root’s would run', {
    at: path,
    hint: `look at it, then chown ${how}root: ${word} && chmod ${how}go-w ${word}`,
  })
}

export const removeIt = (path: string): string => `rm ${shellWord(path)}, if nothing needs it`
