import { inventoryBelow, isPassing, keptAtRoot, largestBackup, largestFile } from '../../core/backup/belongs.ts'
import { isContentsPath, passwordEntry, projectPrefix } from '../../core/backup/contents.ts'
import { fail } from '../../core/errors.ts'
import { quoteName } from '../../core/names.ts'
import type { Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import { logPlace } from '../log/log-place.ts'
import { ledgerPath } from '../project/rekey-state.ts'
import type { Project } from '../project/project.ts'

export interface CollectedFile {
  /** As in the list of contents. */
  readonly path: string
  readonly mode: number
  readonly bytes: Uint8Array
}

export interface Collected {
  /** Sorted by path. */
  readonly files: readonly CollectedFile[]
  /** What lies there and is not taken, and why. */
  readonly notes: readonly string[]
}

/** Everything of one environment that a backup keeps.
 *  @throws CONFIG for more than a backup may hold; as Files.read */
export const collectFiles = async (
  { files, machine }: Pick<Ports, 'files' | 'machine'>,
  project: Project,
  password: Secret,
): Promise<Collected> => {
  const notes: string[] = []
  const found: CollectedFile[] = []
  let size = 0
  const take = async (path: string): Promise<void> => {
    const full = `${project.root}/${path}`
    const facts = await files.stat(full)
    if (facts === null) return
    if (!isContentsPath(`${projectPrefix}${path}`))
      return void notes.push(`${quoteName(path)}: its name cannot be kept`)
    if (facts.kind === 'directory') {
      for (const name of (await files.list(full)) ?? []) if (!isPassing(name)) await take(`${path}/${name}`)
      return
    }
    if (facts.kind !== 'file') return void notes.push(`${quoteName(path)}: a ${facts.kind}, not kept`)
    if (facts.size > largestFile) throw tooLarge(path, 'is larger than a backup takes')
    const bytes = await files.read(full, { under: project.root, max: largestFile })
    if (bytes === null) return
    size += bytes.length
    if (size > largestBackup) throw tooLarge(path, 'and what comes before it are more than a backup takes')
    found.push({ path: `${projectPrefix}${path}`, mode: facts.mode & 0o777, bytes })
  }
  const inventory = inventoryBelow(project.manifest.inventory)
  const wanted = [
    ...keptAtRoot,
    ...(inventory === null ? [] : [inventory]),
    project.paths.secretsName,
    ...rememberedPaths(machine, project).flat(),
  ]
  for (const path of wanted) await take(path)
  found.push({ path: passwordEntry, mode: 0o600, bytes: new TextEncoder().encode(`${password.reveal()}\n`) })
  return { files: found.sort((a, b) => (a.path < b.path ? -1 : 1)), notes }
}

/** What this clone remembers, from the root: of the fleet, and the newest part of its access log with its head. Each
 *  group belongs together. */
export const rememberedPaths = (machine: Ports['machine'], project: Project): readonly (readonly string[])[] => {
  const { log, head } = logPlace(machine, project)
  const below = (path: string): string => path.slice(project.root.length + 1)
  return [[ledgerPath(project)], [below(log), below(head)]]
}

const tooLarge = (path: string, what: string): Error =>
  fail('CONFIG', `${quoteName(path)} ${what}`, {
    at: path,
    hint: 'a backup keeps the project, not programs or data: move it out of the project’s ansible, playbooks and inventory folders',
  })
