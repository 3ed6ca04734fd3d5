import { pathFrom } from '../../core/absolute-path.ts'
import { askGit } from '../git/ask-git.ts'
import { fail } from '../../core/errors.ts'
import { groupPath, placesOf } from '../../core/secrets/metadata.ts'
import { groupOfSecret } from '../../core/manifest/manifest.ts'
import type { Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import { changeProject, type Changed } from '../project/change-project.ts'
import { chooseGroup } from './choose-group.ts'
import { readImportSource, type ImportedSecret, type ImportFormat } from './import-sources.ts'
import type { GroupFile } from './group-file.ts'
import { openProject, type OpenProject } from '../project/open-project.ts'
import { declaring } from './set.ts'

export type ImportPorts = Pick<Ports, 'files' | 'clock' | 'random' | 'exec' | 'machine' | 'terminal'>

export interface ImportOptions {
  /** Paths as the person wrote them; `-` is standard input. */
  readonly sources: readonly string[]
  readonly group?: string | undefined
  /** As this host's own values. */
  readonly host?: string | undefined
  readonly format?: ImportFormat | undefined
  /** Write over values that the project has already. */
  readonly replace?: boolean
  /** Remove the files once everything was read back. */
  readonly removeSource?: boolean
  /** What sealed sources may be sealed with, besides the project password. */
  readonly passwords?: readonly Secret[]
}

export interface Imported extends Changed {
  readonly removed: readonly string[]
  /** What is still to be done by the person; one sentence each. */
  readonly warnings: readonly string[]
}

/** Imports everything or nothing, declares what is new, and reads all of it back.
 *  @throws CONFLICT naming both places when a secret has two values; CONFIG, TAMPERED for what cannot be read;
 *  NOT_FOUND for a source that is not there; USAGE */
export const importSecrets = async (
  ports: ImportPorts,
  open: OpenProject,
  options: ImportOptions,
): Promise<Imported> => {
  if (options.removeSource === true) checkRemovable(ports, open, options.sources)
  const passwords = [...(options.passwords ?? []), open.password]
  const sources = await Promise.all(
    options.sources.map(async (shown) => {
      const bytes = await readSource(ports, shown)
      return { shown, ...(await readImportSource({ shown, bytes }, passwords, options.format)) }
    }),
  )
  const chosen = withoutDuplicates(sources.flatMap((source) => source.secrets))
  if (chosen.length === 0)
    throw fail('USAGE', 'nothing to import', {
      at: options.sources.join(', '),
      hint: 'a source has lines NAME=value, or is JSON, or an ansible-vault file',
    })
  const placed = await placeAll(open, chosen, options)
  await checkExisting(open, placed, options.replace ?? false)
  const manifest = declaring(open.project.manifest, placed)
  const changed = await changeProject(ports, open, { writes: placed, ...manifest })
  await readBack(ports, open, placed)
  const removed = options.removeSource === true ? await removeSources(ports, options.sources) : []
  const plain = sources.filter((source) => source.plain && source.shown !== '-').map((source) => source.shown)
  const quotes = sources.flatMap(({ shown, quoted }) => (quoted.length === 0 ? [] : [aboutQuotes(shown, quoted)]))
  return { ...changed, removed, warnings: [...quotes, ...(await warningsAbout(ports, plain, removed))] }
}

interface Placed {
  readonly name: string
  readonly value: Secret
  readonly group: string
  readonly host: string | null
  readonly at: string
}

const readSource = async ({ files, machine, terminal }: ImportPorts, shown: string): Promise<Uint8Array> => {
  if (shown === '-') return terminal.readInput()
  const bytes = await files.read(pathFrom(machine.cwd, shown), { fifo: true })
  if (bytes === null) {
    throw fail('NOT_FOUND', 'no such file', { at: shown, hint: 'paths are from where you are; - is standard input' })
  }
  return bytes
}

const withoutDuplicates = (secrets: readonly ImportedSecret[]): readonly ImportedSecret[] => {
  const first = new Map<string, ImportedSecret>()
  for (const secret of secrets) {
    const before = first.get(secret.name)
    if (before === undefined) first.set(secret.name, secret)
    else if (!before.value.equals(secret.value)) {
      throw fail('CONFLICT', `${secret.name} has one value in ${before.at} and another in ${secret.at}`, {
        hint: 'remove one of the two; nothing was imported',
      })
    }
  }
  return Array.from(first.values())
}

/** Where a secret is or is declared wins over the name of the file it came in; out of a file of all groups also over the
 *  group that was asked for, which is for those that have none. */
const placeAll = async (
  open: OpenProject,
  secrets: readonly ImportedSecret[],
  { group, host = null }: { readonly group?: string | undefined; readonly host?: string | null | undefined },
): Promise<readonly Placed[]> => {
  const metadata = await open.metadata()
  const { manifest } = open.project
  return secrets.map(({ name, value, at, group: suggested }) => {
    const known = placesOf(metadata, name).length > 0 || groupOfSecret(manifest, name) !== null
    const isUnion = /(?:^|\/)all-secrets\.env:/.test(at)
    const wanted = known && isUnion ? undefined : (group ?? (known ? undefined : (suggested ?? undefined)))
    return { name, value, at, host, group: chooseGroup(manifest, metadata, name, wanted) }
  })
}

const checkExisting = async (open: OpenProject, placed: readonly Placed[], replace: boolean): Promise<void> => {
  if (replace) return
  const files = await readTargets(open, placed)
  for (const { name, value, group, host, at } of placed) {
    const path = groupPath(group, host)
    const existing = files.get(path)?.values.get(name)
    if (existing === undefined || existing.equals(value)) continue
    const place = `${open.project.paths.secretsName}/${path}`
    throw fail('CONFLICT', `${name} has one value in ${at} and another in ${place}`, {
      hint: '--replace takes the imported ones; nothing was imported',
    })
  }
}

const readBack = async (
  ports: ImportPorts,
  { project, password }: OpenProject,
  placed: readonly Placed[],
): Promise<void> => {
  const files = await readTargets(openProject(ports, project, password), placed)
  for (const { name, value, group, host } of placed) {
    const found = files.get(groupPath(group, host))?.values.get(name)
    if (found?.equals(value) !== true) throw fail('INTERNAL', `${name} did not read back as it was imported`)
  }
}

const readTargets = async (
  open: OpenProject,
  placed: readonly Placed[],
): Promise<ReadonlyMap<string, GroupFile | null>> => {
  const paths = [...new Set(placed.map(({ group, host }) => groupPath(group, host)))]
  const files = await Promise.all(paths.map((path) => open.readPath(path)))
  return new Map(paths.map((path, index) => [path, files[index] ?? null]))
}

const checkRemovable = ({ machine }: ImportPorts, { project }: OpenProject, sources: readonly string[]): void => {
  const own = sources.find((shown) => pathFrom(machine.cwd, shown).startsWith(`${project.paths.secrets}/`))
  if (own === undefined) return
  throw fail('USAGE', 'a file of the project itself is not removed', { at: own, hint: 'leave out --remove-source' })
}

const removeSources = async (
  { files, machine }: ImportPorts,
  sources: readonly string[],
): Promise<readonly string[]> => {
  const removed: string[] = []
  for (const shown of sources) {
    const path = pathFrom(machine.cwd, shown)
    if (shown === '-' || (await files.stat(path))?.kind !== 'file') continue
    await files.remove(path)
    removed.push(shown)
  }
  return removed
}

const aboutQuotes = (shown: string, names: readonly string[]): string =>
  `the quotes around ${names.join(', ')} are part of the value, as docker takes them; where they are not meant: lockstep import ${shown} --format dotenv --replace`

const warningsAbout = async (
  ports: ImportPorts,
  plain: readonly string[],
  removed: readonly string[],
): Promise<readonly string[]> => {
  const warnings: string[] = []
  for (const shown of plain) {
    if (!removed.includes(shown)) warnings.push(`${shown} still holds the values: rm ${shown}`)
    if (await isInGit(ports, shown)) {
      warnings.push(`git history holds ${shown}: who can read the repository knows these values, so replace them`)
    }
  }
  return warnings
}

const isInGit = async (ports: ImportPorts, shown: string): Promise<boolean> => {
  const path = pathFrom(ports.machine.cwd, shown)
  const git = await askGit(ports, path.slice(0, path.lastIndexOf('/')) || '/')
  return git !== null && !!(await git('log', '--all', '--max-count=1', '--format=%H', '--', path))
}
