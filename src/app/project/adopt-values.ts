import { hasCode } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import { isVault, openVault } from '../../crypto/ansible-vault.ts'
import type { FoundPlain } from './adopt-plain.ts'
import { findPlain } from './adopt-plain.ts'
import { adviceOnUnion } from './adopt-union.ts'
import type { GroupFile } from '../secrets/group-file.ts'
import { groupFileOf, listGroupFiles } from '../secrets/group-file.ts'
import type { Project } from './project.ts'

/** Values that were there before the project was. */
export interface FoundValues extends FoundPlain {
  /** Encrypted files in the secrets directory. */
  readonly sealed: readonly GroupFile[]
}

/** Looks for files of secrets to adopt. Opens the encrypted ones with `password`. */
export const findValues = async (
  ports: Pick<Ports, 'files'>,
  project: Project,
  password: Secret | null,
): Promise<FoundValues> => {
  const notes: string[] = []
  const isNew = (await ports.files.stat(project.paths.metadata)) === null
  const sealed = await findSealed(ports, project, password, notes)
  const plain = await findPlain(ports, project, { sealed, isNew })
  const names = [...sealed, ...plain.plain.map(({ file }) => file)].flatMap(({ values }) => [...values.keys()])
  const union = await adviceOnUnion(ports, project, password, names)
  const exposed = [...plain.exposed, ...union.filter(({ isPlain }) => isPlain).map(({ path }) => path)]
  return { ...plain, exposed, sealed, notes: [...notes, ...plain.notes, ...union.map(({ says }) => says)] }
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

/** A file that cannot be read as it is must not stop a project from starting. */
const tried = async <T>(notes: string[], at: string, work: () => Promise<T>): Promise<T | null> => {
  try {
    return await work()
  } catch (error) {
    if (!hasCode(error, 'CONFIG', 'TAMPERED', 'USAGE')) throw error
    const place = error.at === undefined || error.at === at ? '' : ` (${error.at})`
    notes.push(`${at} was left alone: ${error.message}${place}; lockstep adopt ${at} --password-file FILE`)
    return null
  }
}
