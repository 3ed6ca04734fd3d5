import { pathWord } from '../../core/host-text.ts'
import { defaultEnvironment } from '../../core/manifest/environment.ts'
import { fail } from '../../core/errors.ts'
import type { Manifest } from '../../core/manifest/manifest.ts'
import type { FileFacts, Machine, Ports } from '../../core/ports.ts'
import { pinPath } from './pinned-key.ts'
import { readManifest } from './read-manifest.ts'

/** A project as one environment sees it. Paths are absolute unless they are said to be from the root. */
export interface Project {
  readonly root: string
  readonly environment: string
  readonly manifest: Manifest
  readonly manifestText: string
  readonly paths: ProjectPaths
  /** In the person's own directory: which project key is in use here. */
  readonly pin: string
}

export interface ProjectPaths {
  readonly manifest: string
  /** Where the encrypted files are. */
  readonly secrets: string
  /** The same from the root, for messages: `secrets`, or `environments/staging/secrets`. */
  readonly secretsName: string
  readonly metadata: string
  readonly fingerprintKey: string
  readonly operators: string
  /** Where the project password is, unless the manifest or LOCKSTEP_PASSWORD_FILE says something else. */
  readonly password: string
  /** Git-ignored: lock, cache. */
  readonly state: string
  readonly lock: string
}

export const manifestName = 'lockstep.yaml'

/** Where a project keeps what belongs to one environment. The default one has no prefix anywhere. */
export const pathsOf = (root: string, environment: string): ProjectPaths => {
  const isDefault = environment === defaultEnvironment
  const secretsName = isDefault ? 'secrets' : `environments/${environment}/secrets`
  const secrets = `${root}/${secretsName}`
  return {
    manifest: `${root}/${manifestName}`,
    secrets,
    secretsName,
    metadata: `${secrets}/metadata.yaml`,
    fingerprintKey: `${secrets}/fingerprint-key`,
    operators: `${secrets}/operators`,
    password: `${root}/.vault-password${isDefault ? '' : `.${environment}`}`,
    state: `${root}/.lockstep`,
    lock: `${root}/.lockstep/lock`,
  }
}

/** The project around the working directory: the nearest lockstep.yaml in it or above.
 *  @throws NOT_FOUND without one; UNSAFE for one that somebody else could have written; CONFIG; USAGE */
export const findProject = async (
  ports: Pick<Ports, 'files' | 'machine'>,
  options: { readonly environment?: string | undefined } = {},
): Promise<Project> => {
  const root = await findRoot(ports)
  if (root === null) {
    throw fail('NOT_FOUND', 'no lockstep.yaml here or in a directory above', { hint: 'lockstep init' })
  }
  return readProject(ports, root, options.environment ?? defaultEnvironment)
}

/** The directory of the nearest lockstep.yaml, or null. */
export const findRoot = async ({ files, machine }: Pick<Ports, 'files' | 'machine'>): Promise<string | null> => {
  for (let directory = machine.cwd; ; directory = directory.slice(0, directory.lastIndexOf('/'))) {
    const facts = await files.stat(`${directory}/${manifestName}`)
    if (facts !== null) {
      checkTrusted(facts, machine, `${directory}/${manifestName}`)
      return directory === '' ? '/' : directory
    }
    if (directory === '' || directory === '/') return null
  }
}

export const readProject = async (
  ports: Pick<Ports, 'files' | 'machine'>,
  root: string,
  environment: string,
): Promise<Project> => {
  const paths = pathsOf(root, environment)
  const manifestText = await readManifestText(ports, root)
  return {
    root,
    environment,
    manifest: await readManifest(ports, { text: manifestText, at: manifestName, root, environment }),
    manifestText,
    paths,
    pin: pinPath(ports.machine, root, environment),
  }
}

/** @throws NOT_FOUND */
export const readManifestText = async ({ files }: Pick<Ports, 'files'>, root: string): Promise<string> => {
  const bytes = await files.read(`${root}/${manifestName}`, { max: 1024 * 1024 })
  if (bytes !== null) return new TextDecoder().decode(bytes)
  throw fail('NOT_FOUND', 'no lockstep.yaml', { at: root, hint: 'lockstep init' })
}

/** The manifest may name commands that we run, so it must be ours: not a stranger's in a directory above us. */
const checkTrusted = (facts: FileFacts, machine: Machine, path: string): void => {
  const sudo = machine.uid === 0 ? machine.environment['SUDO_UID'] : undefined
  const ours = facts.uid === machine.uid || facts.uid === 0 || String(facts.uid) === sudo
  if (ours && (facts.mode & 0o002) === 0) return
  const why = ours ? 'can be written by everybody' : 'belongs to somebody else'
  throw fail('UNSAFE', `the manifest ${why}`, {
    at: path,
    hint: ours ? `chmod o-w ${pathWord(path)}` : 'work in a clone of your own, or as its owner',
  })
}
