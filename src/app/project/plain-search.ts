import type { Needle } from '../../core/audit/needles.ts'
import { finderOf, needlesOf } from '../../core/audit/needles.ts'
import { tellingBits } from '../../core/audit/telling.ts'
import { hasCode } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import { passwordBits } from '../../core/secrets/password-strength.ts'
import type { Secret } from '../../core/secret.ts'
import type { Git } from '../git/ask-git.ts'
import { askRepository } from '../git/ask-git.ts'
import { readBlobs } from '../git/git-objects.ts'

export type SearchPorts = Pick<Ports, 'files' | 'exec'>

/** Where values lie in plain text on the operators' side. */
export interface PlainFinds {
  readonly files: readonly PlainFile[]
  readonly history: readonly PlainCommit[]
  /** Files of the history that were too large, or too many, to be searched. */
  readonly passedOver: number
}

export interface PlainFile {
  /** From the project's root. */
  readonly path: string
  readonly names: readonly string[]
  /** Git has it: everybody with the repository does. */
  readonly isTracked: boolean
}

export interface PlainCommit {
  readonly path: string
  readonly names: readonly string[]
  /** A commit that has it, short. Null where no branch has one any more, only git's own memory. */
  readonly commit: string | null
}

export interface SearchInput {
  readonly root: string
  /** Name and value; a project password among them. */
  readonly values: readonly { readonly name: string; readonly value: Secret }[]
  /** Paths from the root that are meant to hold what is searched for. */
  readonly except: readonly string[]
}

/** Looks for the values in every file of the work tree and in all that git remembers. Values that are short or easy to
 *  guess are not looked for: they would be found everywhere. */
export const searchPlain = async (ports: SearchPorts, { root, values, except }: SearchInput): Promise<PlainFinds> => {
  const needles = values.flatMap(({ name, value }) => (isTelling(value) ? needlesOf(name, value.bytes()) : []))
  if (needles.length === 0) return { files: [], history: [], passedOver: 0 }
  const git = await askRepository(ports, root)
  const files = await searchTree(ports, { root, git, needles, except })
  return { files, ...(git === null ? noHistory : await searchHistory(ports, { root, git, needles })) }
}

const noHistory = { history: [], passedOver: 0 }

const isTelling = (value: Secret): boolean => passwordBits(value.reveal()) >= tellingBits

interface TreeInput {
  readonly root: string
  readonly git: Git | null
  readonly needles: readonly Needle[]
  readonly except: readonly string[]
}

const searchTree = async (
  ports: SearchPorts,
  { root, git, needles, except }: TreeInput,
): Promise<readonly PlainFile[]> => {
  const finder = finderOf(needles)
  const { paths, tracked } = await pathsOfTree(ports, root, git)
  const found: PlainFile[] = []
  for (const path of paths) {
    const isTracked = tracked.has(path)
    if (path.startsWith('.lockstep/') || (!isTracked && except.includes(path))) continue
    const names = finder.find((await readOrNothing(ports, `${root}/${path}`)) ?? nothing)
    if (names.length > 0) found.push({ path, names, isTracked })
  }
  return found
}

const nothing = new Uint8Array()
const largestFile = 4 * 1024 * 1024

/** A link, a device, or a file that is not ours to read holds nothing that we know of. */
const readOrNothing = async ({ files }: SearchPorts, path: string): Promise<Uint8Array | null> => {
  try {
    return await files.read(path, { max: largestFile })
  } catch (error) {
    if (hasCode(error, 'UNSAFE', 'DENIED', 'UNAVAILABLE', 'NOT_FOUND')) return null
    throw error
  }
}

const pathsOfTree = async (
  ports: SearchPorts,
  root: string,
  git: Git | null,
): Promise<{ readonly paths: readonly string[]; readonly tracked: ReadonlySet<string> }> => {
  if (git === null) return { paths: await walk(ports, root), tracked: new Set() }
  const list = async (...words: readonly string[]): Promise<readonly string[]> =>
    ((await git('ls-files', '-z', ...words)) ?? '').split('\0').filter((path) => path !== '')
  const [tracked, others, ignored] = await Promise.all([
    list('--cached'),
    list('--others', '--exclude-standard'),
    list('--others', '--ignored', '--exclude-standard'),
  ])
  const paths = new Set([...tracked, ...others, ...ignored.filter((path) => !isMade(path))])
  return { paths: [...paths], tracked: new Set(tracked) }
}

/** Directories that programs fill. */
const isMade = (path: string): boolean => /(^|\/)(node_modules|\.git|\.venv|venv|dist|build|__pycache__)\//.test(path)

const mostFiles = 5000

const walk = async ({ files }: SearchPorts, root: string): Promise<readonly string[]> => {
  const found: string[] = []
  const waiting = ['']
  while (waiting.length > 0 && found.length < mostFiles) {
    const folder = waiting.pop() ?? ''
    for (const name of (await files.list(`${root}/${folder}`)) ?? []) {
      const path = `${folder}${name}`
      const kind = (await files.stat(`${root}/${path}`))?.kind
      if (kind === 'directory' && !isMade(`${path}/`)) waiting.push(`${path}/`)
      else if (kind === 'file') found.push(path)
    }
  }
  return found
}

const limits = { largest: largestFile, total: 512 * 1024 * 1024 }
const mostNamed = 20

const searchHistory = async (
  ports: SearchPorts,
  { root, git, needles }: Omit<TreeInput, 'except' | 'git'> & { readonly git: Git },
): Promise<Omit<PlainFinds, 'files'>> => {
  const finder = finderOf(needles)
  const hits: { readonly id: string; readonly names: readonly string[] }[] = []
  const { passedOver } = await readBlobs(ports, root, limits, ({ id, bytes }) => {
    const names = finder.find(bytes)
    if (names.length > 0) hits.push({ id, names })
  })
  const staged = hits.length === 0 ? new Map<string, string>() : await stagedIn(git)
  const named = hits.slice(0, mostNamed).map(async ({ id, names }) => {
    const path = staged.get(id)
    return { names, ...(path === undefined ? await placeOf(git, id) : { path, commit: null }) }
  })
  return { history: await Promise.all(named), passedOver }
}

/** Path of each file as git has it now, committed or not, by the id of its content. */
const stagedIn = async (git: Git): Promise<ReadonlyMap<string, string>> => {
  const lines = ((await git('ls-files', '-z', '--stage')) ?? '').split('\0')
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const [, id = '', path = ''] = /^\d+ ([0-9a-f]+) \d\t(.+)$/s.exec(line) ?? []
      return id === '' ? [] : [[id, path]]
    }),
  )
}

/** The newest commit that has or had the file, and where. */
const placeOf = async (git: Git, id: string): Promise<Pick<PlainCommit, 'path' | 'commit'>> => {
  const words = [
    '--all',
    '--reflog',
    '-1',
    '--format=%h',
    '--name-only',
    '--no-renames',
    '--diff-merges=first-parent',
    '-z',
    `--find-object=${id}`,
  ]
  const [commit = '', path = ''] = ((await git('log', ...words)) ?? '').split(/[\0\n]+/).filter((part) => part !== '')
  return commit === '' ? { commit: null, path: `object ${id.slice(0, 12)}` } : { commit, path }
}
