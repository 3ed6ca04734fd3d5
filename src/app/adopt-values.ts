import { parseDotenv } from '../core/dotenv.ts'
import { defaultEnvironment } from '../core/environment.ts'
import { hasCode } from '../core/errors.ts'
import { groupPath, parseGroupPath } from '../core/metadata.ts'
import type { Ports } from '../core/ports.ts'
import type { Secret } from '../core/secret.ts'
import { isVault, openVault } from '../crypto/ansible-vault.ts'
import { firstGroup } from './choose-group.ts'
import type { GroupFile } from './group-file.ts'
import { groupFileOf, listGroupFiles } from './group-file.ts'
import type { Project } from './project.ts'

/** Values that were there before the project was. */
export interface FoundValues {
  /** Encrypted files in the secrets directory: they stay as they are. */
  readonly sealed: readonly GroupFile[]
  /** Plain .env files of the root, to be copied into groups: path of the source, then what the group will hold. */
  readonly plain: readonly { readonly source: string; readonly file: GroupFile }[]
  /** What was left alone, and why. */
  readonly notes: readonly string[]
}

/** Looks for files of secrets to adopt. Opens the encrypted ones with `password`. */
export const findValues = async (
  ports: Pick<Ports, 'files'>,
  project: Project,
  password: Secret | null,
): Promise<FoundValues> => {
  const notes: string[] = []
  const sealed = await findSealed(ports, project, password, notes)
  const plain = await findPlain(ports, project, sealed, notes)
  return { sealed, plain, notes }
}

const findSealed = async (
  { files }: Pick<Ports, 'files'>,
  project: Project,
  password: Secret | null,
  notes: string[],
): Promise<readonly GroupFile[]> => {
  const found: GroupFile[] = []
  for (const path of await listGroupFiles({ files }, project)) {
    const at = `${project.paths.secretsName}/${path}`
    const bytes = await files.read(`${project.paths.secrets}/${path}`, { under: project.root })
    if (bytes === null) continue
    if (!isVault(bytes)) notes.push(`${at} is plain text: lockstep adopt ${at} encrypts it where it is`)
    else if (password === null) notes.push(`${at} needs its password: lockstep adopt ${at} --password-file FILE`)
    else {
      const file = await tried(notes, at, async () =>
        groupFileOf(path, (await openVault(bytes, password, { at })).plaintext, at),
      )
      if (file !== null) found.push(file)
    }
  }
  return found
}

const findPlain = async (
  { files }: Pick<Ports, 'files'>,
  project: Project,
  sealed: readonly GroupFile[],
  notes: string[],
): Promise<FoundValues['plain']> => {
  const taken = new Set(sealed.flatMap((file) => [file.path, ...file.values.keys()]))
  const found: { source: string; file: GroupFile }[] = []
  for (const name of (await files.list(project.root)) ?? []) {
    const path = groupOfPlain(name, project.environment)
    if (path === null || taken.has(path)) continue
    const bytes = await files.read(`${project.root}/${name}`)
    if (bytes === null || isVault(bytes)) continue
    const file = await tried(notes, name, async () => groupFileOf(path, bytes, name))
    const twice = file === null ? undefined : Array.from(file.values.keys()).find((key) => taken.has(key))
    if (twice !== undefined) notes.push(`${name} was left alone: ${twice} is in another file as well`)
    else if (file !== null && parseDotenv(file.text.reveal()).length > 0) {
      found.push({ source: name, file })
      for (const key of [path, ...file.values.keys()]) taken.add(key)
    }
  }
  return found
}

/** `.env` is the first group and `aws.env` the group aws; another environment has `.env.staging` alone. */
const groupOfPlain = (name: string, environment: string): string | null => {
  if (environment !== defaultEnvironment) return name === `.env.${environment}` ? groupPath(firstGroup) : null
  if (name === '.env') return groupPath(firstGroup)
  return parseGroupPath(name) === null ? null : name
}

/** A file that cannot be read as it is must not stop a project from starting. */
const tried = async <T>(notes: string[], at: string, work: () => Promise<T>): Promise<T | null> => {
  try {
    return await work()
  } catch (error) {
    if (!hasCode(error, 'CONFIG', 'TAMPERED', 'USAGE')) throw error
    notes.push(`${at} was left alone: ${error.message}${error.at === undefined ? '' : ` (${error.at})`}`)
    return null
  }
}
