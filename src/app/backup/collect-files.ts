import { inventoryBelow, isPassing, keptAtRoot, largestBackup, largestFile } from '../../core/backup/belongs.ts'
import { isContentsPath, passwordEntry, projectPrefix } from '../../core/backup/contents.ts'
import { fail } from '../../core/errors.ts'
import { quoteName } from '../../core/names.ts'
import type { Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import { ledgerPath } from '../project/rekey-state.ts'
import type { Project } from '../project/project.ts'
import { collectLog, isOfLog } from './collect-log.ts'

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
  ports: Pick<Ports, 'files' | 'machine'>,
  project: Project,
  password: Secret,
): Promise<Collected> => {
  const { files } = ports
  const notes: string[] = []
  const found: CollectedFile[] = []
  let size = 0
  const keep = (file: CollectedFile): void => {
    size += file.bytes.length
    const path = file.path.slice(projectPrefix.length)
    if (size > largestBackup) throw tooLarge(path, 'and what comes before it are more than a backup takes')
    found.push(file)
  }
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
    keep({ path: `${projectPrefix}${path}`, mode: facts.mode & 0o777, bytes })
  }
  const inventory = inventoryBelow(project.manifest.inventory)
  const wanted = [
    ...keptAtRoot,
    ...(inventory === null ? [] : [inventory]),
    project.paths.secretsName,
    ledgerPath(project),
  ]
  for (const path of wanted) await take(path)
  const log = await collectLog(ports, project, largestBackup - size)
  for (const one of log.files) keep(one)
  notes.push(...log.notes)
  found.push({ path: passwordEntry, mode: 0o600, bytes: new TextEncoder().encode(`${password.reveal()}\n`) })
  return { files: found.sort((a, b) => (a.path < b.path ? -1 : 1)), notes }
}

/** Which paths in a backup are what this clone remembers: of the fleet, and the access log. Each group belongs together. */
export const rememberedPaths = (
  ports: Pick<Ports, 'machine'>,
  project: Project,
  paths: readonly string[],
): readonly (readonly string[])[] => [
  paths.filter((path) => path === ledgerPath(project)),
  paths.filter((path) => isOfLog(ports, project, path)),
]

const tooLarge = (path: string, what: string): Error =>
  fail('CONFIG', `${quoteName(path)} ${what}`, {
    at: path,
    hint: 'a backup keeps the project, not programs or data: move it out of the project’s ansible, playbooks and inventory folders',
  })
