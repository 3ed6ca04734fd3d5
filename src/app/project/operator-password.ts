import { pathFrom } from '../../core/absolute-path.ts'
import { fail, hasCode, type SecretsError } from '../../core/errors.ts'
import { isPathName, quoteName } from '../../core/names.ts'
import { passwordFromFile } from '../../core/secrets/password.ts'
import { Secret } from '../../core/secret.ts'
import type { AgeIdentity } from '../../crypto/age.ts'
import type { FoundPassword, PasswordPorts } from './project-password.ts'
import type { Project } from './project.ts'

/** The project password as wrapped for one person in secrets/operators, opened with the age identity or ssh key that
 *  LOCKSTEP_IDENTITY_FILE names, else with those at the usual places. Null when no file there is for us.
 *  @throws NOT_FOUND for a named identity that is not there; USAGE for one that cannot be used; TAMPERED */
export const passwordOfOperator = async (ports: PasswordPorts, project: Project): Promise<FoundPassword | null> => {
  const names = await operatorFiles(ports, project)
  if (names.length === 0) return null
  const { identities, locked } = await findIdentities(ports)
  const own = `${ports.machine.user}.age`
  for (const name of names.toSorted((a, b) => Number(b === own) - Number(a === own))) {
    const opened = identities.length === 0 ? null : await openOperatorFile(ports, project, name, identities)
    if (opened !== null) {
      const operator = name.slice(0, -'.age'.length)
      return { password: opened, operator, from: `${project.paths.secretsName}/operators/${name}` }
    }
  }
  if (locked !== null && !ports.terminal.isInteractive) throw locked
  return null
}

/** Where the project is opened by operators' own keys and none of ours does it: what was looked at, and the ways on.
 *  Null where there are no operators. */
export const aboutOperators = async (
  ports: Pick<PasswordPorts, 'files' | 'machine'>,
  project: Project,
): Promise<{ readonly says: string; readonly hint: string } | null> => {
  const names = (await operatorFiles(ports, project)).map((name) => quoteName(name.slice(0, -'.age'.length)))
  if (names.length === 0) return null
  const { home, user, environment } = ports.machine
  const places = usual.map((place) => ({ shown: `~/${place}`, path: `${home}/${place}` }))
  const there: string[] = []
  for (const { shown, path } of places) if ((await ports.files.stat(path)) !== null) there.push(shown)
  const own = environment['LOCKSTEP_IDENTITY_FILE']
  const looked = own === undefined ? there.join(', ') : quoteName(own)
  const tried =
    looked === '' ? `there is no key at ${places.map(({ shown }) => shown).join(', ')}` : `looked at ${looked}`
  const me = isPathName(user) ? user : 'NAME'
  return {
    says: `operators: ${names.join(', ')}; none of your keys opens theirs (${tried})`,
    hint: `LOCKSTEP_IDENTITY_FILE names another key; or somebody who has the password types: lockstep operators add ${me} --key-file YOUR_KEY.pub`,
  }
}

const operatorFiles = async ({ files }: Pick<PasswordPorts, 'files'>, { paths }: Project): Promise<readonly string[]> =>
  ((await files.list(paths.operators)) ?? []).filter((name) => name.endsWith('.age'))

const openOperatorFile = async (
  { files }: PasswordPorts,
  project: Project,
  name: string,
  identities: readonly AgeIdentity[],
): Promise<Secret | null> => {
  const { openAge } = await import('../../crypto/age.ts')
  const at = `${project.paths.secretsName}/operators/${name}`
  const bytes = await files.read(`${project.paths.operators}/${name}`, { under: project.root, max: 1024 * 1024 })
  const opened = bytes === null ? null : await openAge(bytes, identities, { at })
  return opened === null ? null : passwordFromFile(opened, { at })
}

interface Identities {
  readonly identities: readonly AgeIdentity[]
  /** Why a key that is there could not be used. */
  readonly locked: SecretsError | null
}

const usual = ['.config/age/keys.txt', '.config/sops/age/keys.txt', '.ssh/id_ed25519', '.ssh/id_rsa']

const findIdentities = async (ports: PasswordPorts): Promise<Identities> => {
  const { home, cwd, environment } = ports.machine
  const named = environment['LOCKSTEP_IDENTITY_FILE']
  if (named !== undefined) {
    const path = pathFrom(cwd, named)
    const identities = await readFrom(ports, path)
    if (identities !== null) return { identities, locked: null }
    throw fail('NOT_FOUND', 'no identity file, which is named by LOCKSTEP_IDENTITY_FILE', {
      at: path,
      hint: 'name one that is there, or unset LOCKSTEP_IDENTITY_FILE: the usual places are tried then',
    })
  }
  const found: AgeIdentity[] = []
  let locked: SecretsError | null = null
  for (const place of usual) {
    try {
      found.push(...((await readFrom(ports, `${home}/${place}`)) ?? []))
    } catch (error) {
      if (!hasCode(error, 'USAGE', 'UNSAFE')) throw error
      locked ??= error
    }
  }
  return { identities: found, locked }
}

const readFrom = async ({ files }: PasswordPorts, path: string): Promise<readonly AgeIdentity[] | null> => {
  const bytes = await files.read(path, { private: true, fifo: true, max: 1024 * 1024 })
  if (bytes === null) return null
  const { readIdentities } = await import('../../crypto/age.ts')
  return readIdentities(new Secret(bytes), { at: path })
}
