import { parseDotenv } from '../../core/formats/dotenv.ts'
import { defaultEnvironment } from '../../core/manifest/environment.ts'
import { hasCode } from '../../core/errors.ts'
import { groupPath, parseGroupPath } from '../../core/secrets/metadata.ts'
import type { Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import { isVault } from '../../crypto/ansible-vault.ts'
import { firstGroup } from '../secrets/choose-group.ts'
import type { GroupFile } from '../secrets/group-file.ts'
import { groupFileOf } from '../secrets/group-file.ts'
import type { Project } from './project.ts'

/** Plain .env files of the root, and what is to be said of those that are not taken over. */
export interface FoundPlain {
  /** To be copied into groups: path of the source, then what the group will hold. */
  readonly plain: readonly { readonly source: string; readonly file: GroupFile }[]
  /** All of them, taken over or not: git must not have them. */
  readonly exposed: readonly string[]
  /** Those that hold nothing the project will not have. */
  readonly spare: readonly string[]
  readonly notes: readonly string[]
  /** Those that hold what the project does not have. */
  readonly left: readonly LeftAlone[]
}

export interface LeftAlone {
  readonly source: string
  /** Why, for people. */
  readonly why: string
  /** What to type. */
  readonly next: string
}

/** Looks for plain files beside `sealed`. Of a project that is there already (`isNew` false) none is taken over: they
 *  are named, with the command that does it. */
export const findPlain = async (
  { files }: Pick<Ports, 'files'>,
  project: Project,
  { sealed, isNew }: { readonly sealed: readonly GroupFile[]; readonly isNew: boolean },
): Promise<FoundPlain> => {
  const known = new Map<string, Secret>(sealed.flatMap((file) => [...file.values]))
  const paths = new Set(sealed.map(({ path }) => path))
  const plain: { source: string; file: GroupFile }[] = []
  const [exposed, spare, left]: [string[], string[], LeftAlone[]] = [[], [], []]
  for (const source of (await files.list(project.root)) ?? []) {
    const path = groupOfPlain(source, project.environment)
    const bytes = path === null ? null : await files.read(`${project.root}/${source}`)
    if (path === null || bytes === null || isVault(bytes)) continue
    const read = readPlain(path, bytes, source)
    if (typeof read !== 'string' && read.values.size === 0) continue
    exposed.push(source)
    if (typeof read === 'string') {
      left.push({ source, why: read, next: `mend ${source}, then: ${importLine(source)}` })
      continue
    }
    const isTaken = isNew && !paths.has(path) && Array.from(read.values.keys()).every((name) => !known.has(name))
    if (isTaken) {
      plain.push({ source, file: read })
      paths.add(path)
      for (const [name, value] of read.values) known.set(name, value)
    }
    const reason = isTaken ? null : reasonToImport(read, known, isNew)
    if (reason === null) spare.push(source)
    else left.push({ source, why: reason, next: importLine(source) })
  }
  const notes = left.map(({ source, why, next }) => `${source} was left alone: ${why}: ${next}`)
  return { plain, exposed, spare, notes, left }
}

const reasonToImport = (file: GroupFile, known: ReadonlyMap<string, Secret>, isNew: boolean): string | null => {
  const names = Array.from(file.values.keys())
  const news = names.filter((name) => !known.has(name))
  if (!isNew) return news.length === 0 ? null : `the project does not have ${news.join(', ')}`
  const other = Array.from(file.values).find(([name, value]) => known.get(name)?.equals(value) === false)
  if (other !== undefined) return `${other[0]} has another value in another file, keep one of the two, then`
  return news.length === 0 ? null : 'some of it is in another file as well'
}

const importLine = (source: string): string =>
  parseGroupPath(source) === null ? `lockstep import ${source} --group ${firstGroup}` : `lockstep import ${source}`

/** `.env` is the first group and `aws.env` the group aws; another environment has `.env.staging` alone. */
const groupOfPlain = (name: string, environment: string): string | null => {
  if (environment !== defaultEnvironment) return name === `.env.${environment}` ? groupPath(firstGroup) : null
  if (name === '.env') return groupPath(firstGroup)
  return parseGroupPath(name) === null ? null : name
}

/** A file that cannot be read as it is must not stop a project from starting: what is wrong with it. */
const readPlain = (path: string, bytes: Uint8Array, source: string): GroupFile | string => {
  try {
    return groupFileOf(path, bytes, source)
  } catch (error) {
    if (!hasCode(error, 'CONFIG', 'USAGE')) throw error
    const problems = problemsOf(new TextDecoder().decode(bytes), source).join(', ')
    return problems || error.message
  }
}

/** Each line that cannot be read. Behind a quote that is never closed nobody knows what is a line. */
const problemsOf = (text: string, at: string): readonly string[] => {
  const lines = text.split('\n')
  const problems: string[] = []
  for (let last = 0; problems.length < 20;) {
    try {
      parseDotenv(lines.join('\n'), { at })
      return problems
    } catch (error) {
      if (!hasCode(error, 'CONFIG')) throw error
      const line = Number(/:(\d+):\d+$/.exec(error.at ?? '')?.[1] ?? 0)
      if (line <= last) return problems
      problems.push(`${error.message} (${error.at})`)
      if (error.message.includes('never closed')) return problems
      lines[line - 1] = ''
      last = line
    }
  }
  return problems
}
