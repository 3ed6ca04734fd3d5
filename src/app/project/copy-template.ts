import { fail } from '../../core/errors.ts'
import { isPathName, quoteName } from '../../core/names.ts'
import type { FileChange, Ports } from '../../core/ports.ts'
import { findRoot } from './project.ts'

const left = new Set(['node_modules', 'dist', '.lockstep', '.vault-password'])

/** Copies a complete example into the working directory; files that are there keep their bytes. Gives the paths of
 *  what was copied. @throws NOT_FOUND for an unknown example; CONFLICT inside another project */
export const copyTemplate = async (
  ports: Pick<Ports, 'files' | 'assets' | 'machine'>,
  name: string,
): Promise<readonly string[]> => {
  const { files, machine } = ports
  const root = await findRoot(ports)
  if (root !== null && root !== machine.cwd) {
    throw fail('CONFLICT', 'this directory is inside another project', {
      at: root,
      hint: 'start in a directory outside it',
    })
  }
  const examples = await ports.assets.folder('examples')
  if (examples === null) {
    throw fail('NOT_FOUND', 'the examples do not come with this program', {
      hint: 'use the npm package, or a clone of lockstep, for this command',
    })
  }
  const known = (await files.list(examples)) ?? []
  if (!isPathName(name) || !known.includes(name)) {
    throw fail('NOT_FOUND', `no template ${quoteName(name)}`, { hint: `templates: ${known.join(', ')}` })
  }
  const changes = await copiesOf(ports, `${examples}/${name}`, '')
  const missing: FileChange[] = []
  for (const change of changes) if ((await files.stat(`${machine.cwd}/${change.path}`)) === null) missing.push(change)
  if (missing.length > 0) await files.transact(machine.cwd, missing)
  return missing.map(({ path }) => path)
}

const copiesOf = async (ports: Pick<Ports, 'files'>, from: string, prefix: string): Promise<readonly FileChange[]> => {
  const names = ((await ports.files.list(from)) ?? []).filter((name) => !left.has(name))
  const found = await Promise.all(
    names.map(async (name) => {
      const [path, facts] = [`${from}/${name}`, await ports.files.stat(`${from}/${name}`)]
      if (facts?.kind === 'directory') return copiesOf(ports, path, `${prefix}${name}/`)
      if (facts?.kind !== 'file') return []
      const bytes = await ports.files.read(path)
      // npm leaves out files of this name, so examples carry theirs under another
      const target = name === 'gitignore' ? '.gitignore' : name
      return bytes === null
        ? []
        : [{ path: `${prefix}${target}`, bytes, mode: (facts.mode & 0o100) === 0 ? 0o644 : 0o755 }]
    }),
  )
  return found.flat()
}
