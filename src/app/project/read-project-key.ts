import { defaultEnvironment } from '../../core/manifest/environment.ts'
import { fail, SecretsError } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import { openVault } from '../../crypto/ansible-vault.ts'
import { shownPath, type OpenedGroup } from '../secrets/group-file.ts'
import type { KeptKey } from './kept-key.ts'
import type { Project } from './project.ts'

interface Reading {
  readonly project: Project
  readonly password: Secret
  readonly kept: KeptKey | null
  /** Opens a group file, each only once. */
  groups(path: string): Promise<OpenedGroup | null>
}

/** What is in secrets/fingerprint-key, by a kept copy where a group file opens one, else by its own derivation. */
export interface ProjectKeyReader {
  key(): Promise<Uint8Array>
  /** This group file will be opened in any case: only its copy spares anything. */
  willNeed(path: string): void
  /** This group file was found right: the first such gets a copy for the next time. */
  found(path: string, group: OpenedGroup): Promise<void>
}

export const projectKeyReader = ({ files }: Pick<Ports, 'files'>, reading: Reading): ProjectKeyReader => {
  const { project, password, kept } = reading
  let [needed, isKept]: [string | null, boolean] = [null, kept === null]
  const read = async (): Promise<{ readonly sealed: Uint8Array; readonly key: Uint8Array }> => {
    const at = shownPath(project, 'fingerprint-key')
    const sealed = await files.read(project.paths.fingerprintKey, { under: project.root, max: 64 * 1024 })
    if (sealed === null) throw notReady(project, 'fingerprint-key')
    const copied = await fromCopy(reading, sealed, needed)
    if (copied === null) return { sealed, key: (await openVault(sealed, password, { at })).plaintext }
    isKept = true
    return { sealed, key: copied }
  }
  let running: ReturnType<typeof read> | null = null
  const once = (): ReturnType<typeof read> => (running ??= read())
  return {
    key: async () => (await once()).key,
    willNeed: (path) => {
      needed ??= path
    },
    found: async (path, group) => {
      if (isKept) return
      isKept = true
      const { sealed, key } = await once()
      await kept?.keep(sealed, key, { path, ...group })
    },
  }
}

const fromCopy = async (
  { kept, groups }: Reading,
  sealed: Uint8Array,
  needed: string | null,
): Promise<Uint8Array | null> => {
  const copy = (await kept?.find(sealed, needed)) ?? null
  if (copy === null) return null
  try {
    const group = await groups(copy.path)
    return group === null ? null : await copy.open(group)
  } catch (error) {
    // what is wrong with that file is told where it is needed
    if (error instanceof SecretsError) return null
    throw error
  }
}

export const notReady = (project: Project, name: string): Error =>
  fail('NOT_FOUND', 'this environment has no secrets yet', {
    at: shownPath(project, name),
    hint: project.environment === defaultEnvironment ? 'lockstep init' : `lockstep init -E ${project.environment}`,
  })
