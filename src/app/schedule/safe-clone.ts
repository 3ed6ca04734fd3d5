import { fail } from '../../core/errors.ts'
import type { SafePorts } from './reach.ts'
import { reach, removeIt, writable } from './reach.ts'

/** Nothing that a job of root's reads may be written by anybody but root: neither what is below this directory, links
 *  followed, nor what is on the way to it or to what a link leads to. `withoutGit`: what git keeps there is not run.
 *  @throws UNSAFE naming the first path, or a link that leads nowhere */
export const checkOnlyRootWrites = async (
  ports: SafePorts,
  directory: string,
  { withoutGit = false }: { readonly withoutGit?: boolean } = {},
): Promise<void> => {
  const seen = new Set<string>()
  const { real } = await reach(ports, directory, seen)
  const { uid } = ports.machine
  const skipped = withoutGit ? ['-name', '.git', '-prune', '-o'] : []
  const others = ['(', '-not', '-uid', '0', '-not', '-uid', String(uid), '-o', '-perm', '/022', ')']
  // by itself a link says nothing; where it leads to is looked at below, also where it lies behind another
  const [first] = await findIn(ports, ['-L', real, ...skipped, ...others, '-not', '-type', 'l', '-print0', '-quit'])
  if (first !== undefined) throw writable(first, directory)
  for (const link of await findIn(ports, ['-L', real, ...skipped, '-xtype', 'l', '-print0'])) {
    const { facts } = await reach(ports, link, seen)
    if (facts === null) {
      throw fail('UNSAFE', 'a link that leads nowhere: whoever makes what it leads to decides what a job reads', {
        at: link,
        hint: removeIt(link),
      })
    }
  }
}

const findIn = async ({ exec }: SafePorts, args: readonly string[]): Promise<readonly string[]> => {
  const { status, stdout } = await exec.run('find', args, { timeout: 120_000 })
  const found = new TextDecoder().decode(stdout).split('\0').slice(0, -1)
  // with -quit one is enough, whatever else could not be looked at
  if (status === 0 || (args.includes('-quit') && found.length > 0)) return found
  throw fail('UNAVAILABLE', 'who can write in this directory could not be found out', {
    at: args.find((word) => word.startsWith('/')) ?? '/',
    hint: 'see what find -L says there: a loop of links, or files that come and go',
  })
}
