import { fail } from '../../core/errors.ts'
import { shellWord } from '../../core/host-text.ts'
import type { Ports } from '../../core/ports.ts'

type SafePorts = Pick<Ports, 'files' | 'exec' | 'machine'>

/** Nothing that a job of root's reads may be written by anybody but root: neither what is below this directory, links
 *  followed, nor what is above it. `withoutGit`: what git keeps there is not run.
 *  @throws UNSAFE naming the first path */
export const checkOnlyRootWrites = async (
  ports: SafePorts,
  directory: string,
  { withoutGit = false }: { readonly withoutGit?: boolean } = {},
): Promise<void> => {
  await checkAbove(ports, directory)
  const { uid } = ports.machine
  const others = ['(', '-not', '-uid', '0', '-not', '-uid', String(uid), '-o', '-perm', '/022', ')']
  // a dangling link says nothing; what its place would hold is judged with the directory
  const skipped = withoutGit ? ['-name', '.git', '-prune', '-o'] : []
  const args = ['-L', directory, ...skipped, ...others, '-not', '-type', 'l', '-print', '-quit']
  const { status, stdout } = await ports.exec.run('find', args, { timeout: 120_000 })
  const [first = ''] = new TextDecoder().decode(stdout).split('\n')
  if (first !== '') throw writable(first, directory)
  if (status !== 0) {
    throw fail('UNAVAILABLE', 'who can write in this directory could not be found out', {
      at: directory,
      hint: 'see what find -L says there: a loop of links, or files that come and go',
    })
  }
}

/** The same of what is above it. */
export const checkAbove = async ({ files, machine }: SafePorts, directory: string): Promise<void> => {
  for (let path = directory; path !== ''; path = path.slice(0, path.lastIndexOf('/'))) {
    const facts = await files.stat(path)
    if (facts === null) continue
    // in a directory with the sticky bit, as /tmp, others can add names and not change ours
    const isOpen = (facts.mode & 0o022) !== 0 && (facts.mode & 0o1000) === 0 && facts.kind !== 'link'
    if (isOpen || (facts.uid !== 0 && facts.uid !== machine.uid)) throw writable(path, directory)
  }
}

/** Where a file of the schedule goes: nobody but root can put another there, and one that is there is root's.
 *  @throws UNSAFE */
export const checkPlace = async (ports: SafePorts, path: string): Promise<void> => {
  await checkAbove(ports, path.slice(0, path.lastIndexOf('/')))
  const facts = await ports.files.stat(path)
  if (facts !== null && facts.uid !== 0 && facts.uid !== ports.machine.uid) throw writable(path, path)
}

const writable = (path: string, directory: string): Error =>
  fail('UNSAFE', 'others than root can change what a job of root’s would run', {
    at: path,
    hint: `chown -R root: ${shellWord(directory)} && chmod -R go-w ${shellWord(directory)}, and the directories above it`,
  })
