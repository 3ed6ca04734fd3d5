import { parseDotenv } from '../../core/formats/dotenv.ts'
import { parseGroupPath } from '../../core/secrets/metadata.ts'
import { fail } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import { Secret } from '../../core/secret.ts'
import { openVault } from '../../crypto/ansible-vault.ts'
import { fingerprint } from '../../crypto/fingerprint.ts'
import type { SealedGroup } from '../project/kept-key.ts'
import type { Project } from '../project/project.ts'

/** One decrypted file of secrets. */
export interface GroupFile {
  /** Below the secrets directory: `aws.env`, `hosts/onode1/aws.env`. */
  readonly path: string
  readonly group: string
  readonly host: string | null
  /** The whole dotenv text, comments and all. */
  readonly text: Secret
  readonly values: ReadonlyMap<string, Secret>
}

/** Where in messages: from the project's root. */
export const shownPath = (project: Project, path: string): string => `${project.paths.secretsName}/${path}`

/** One file as it lies there, with what it holds. */
export interface OpenedGroup extends SealedGroup {
  readonly file: GroupFile
}

/** Opens one file with the project password; nothing is compared with the metadata yet. Null when it is not there.
 *  @throws TAMPERED; CONFIG for text that is no dotenv */
export const openGroupFile = async (
  { files }: Pick<Ports, 'files'>,
  project: Project,
  path: string,
  password: Secret,
): Promise<OpenedGroup | null> => {
  const at = shownPath(project, path)
  const bytes = await files.read(`${project.paths.secrets}/${path}`, { under: project.root })
  if (bytes === null) return null
  const { plaintext, subkey } = await openVault(bytes, password, { at })
  return { file: groupFileOf(path, plaintext, at), bytes, subkey }
}

/** A group file from its plain text. @throws CONFIG naming the line */
export const groupFileOf = (path: string, plaintext: Uint8Array, at: string): GroupFile => {
  const place = parseGroupPath(path)
  if (place === null) throw fail('INTERNAL', 'not the path of a group', { at })
  const text = new Secret(plaintext)
  const entries = parseDotenv(text.reveal(), { at })
  return { path, ...place, text, values: new Map(entries.map(({ name, value }) => [name, value])) }
}

/** What the metadata records of a file: the fingerprint of each secret. */
export const fingerprintsOf = (file: GroupFile, key: Uint8Array): ReadonlyMap<string, string> =>
  new Map(Array.from(file.values, ([name, value]) => [name, fingerprint(key, name, value)]))

/** Paths of all group files that exist below the secrets directory, sorted. */
export const listGroupFiles = async ({ files }: Pick<Ports, 'files'>, project: Project): Promise<readonly string[]> => {
  const { secrets } = project.paths
  const hosts = (await files.list(`${secrets}/hosts`)) ?? []
  const below = await Promise.all(
    hosts.map(async (host) =>
      ((await files.list(`${secrets}/hosts/${host}`)) ?? []).map((name) => `hosts/${host}/${name}`),
    ),
  )
  const all = [...((await files.list(secrets)) ?? []), ...below.flat()]
  return all.filter((path) => parseGroupPath(path) !== null)
}
