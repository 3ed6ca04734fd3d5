import { unionFile } from '../../core/names.ts'
import { parseDotenv } from '../../core/formats/dotenv.ts'
import { hasCode } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import { isVault, openVault } from '../../crypto/ansible-vault.ts'
import type { Project } from './project.ts'

/** A file of all groups that lies in the project, where hosts alone have one. */
export interface UnionAdvice {
  readonly path: string
  readonly isPlain: boolean
  readonly says: string
}

/** What to do with all-secrets.env files of the project: they are made anew on each host, so what no group holds has to
 *  be taken out of them, and then they can go. `names` are those that the groups hold. */
export const adviceOnUnion = async (
  { files }: Pick<Ports, 'files'>,
  { root, paths }: Project,
  password: Secret | null,
  names: readonly string[],
): Promise<readonly UnionAdvice[]> => {
  const found: UnionAdvice[] = []
  for (const path of [`${paths.secretsName}/${unionFile}`, unionFile]) {
    const bytes = await files.read(`${root}/${path}`)
    if (bytes === null) continue
    const isPlain = !isVault(bytes)
    const held = await namesIn(bytes, password)
    found.push({ path, isPlain, says: adviceOn(path, held?.filter((name) => !names.includes(name)) ?? null, isPlain) })
  }
  return found
}

const adviceOn = (path: string, news: readonly string[] | null, isPlain: boolean): string => {
  const why = 'hosts get theirs made anew from the groups'
  if (news?.length === 0) return `${path} holds what the groups hold, and ${why}: rm ${path}`
  const holds = news === null ? '' : ` holds ${news.join(', ')}, which no group has`
  const password = news === null && !isPlain ? ' --source-password-file FILE' : ''
  return `${path}${holds}; ${why}: lockstep import ${path}${password} --group NAME, then rm ${path}`
}

/** Null where it cannot be read. */
const namesIn = async (bytes: Uint8Array, password: Secret | null): Promise<readonly string[] | null> => {
  if (isVault(bytes) && password === null) return null
  try {
    const text = isVault(bytes) && password !== null ? (await openVault(bytes, password)).plaintext : bytes
    return parseDotenv(new TextDecoder().decode(text)).map(({ name }) => name)
  } catch (error) {
    if (hasCode(error, 'CONFIG', 'TAMPERED')) return null
    throw error
  }
}
