import { fail, hasCode } from '../../core/errors.ts'
import { pathWord } from '../../core/host-text.ts'
import { checkFile } from '../../core/secrets/metadata-check.ts'
import type { Metadata } from '../../core/secrets/metadata.ts'
import type { Ports } from '../../core/ports.ts'
import { Secret } from '../../core/secret.ts'
import { openVault } from '../../crypto/ansible-vault.ts'
import { projectKeys } from '../../crypto/fingerprint.ts'
import { fingerprintsOf, type GroupFile } from '../secrets/group-file.ts'
import type { OpenProject } from './open-project.ts'
import type { Project } from './project.ts'
import { parseProjectKey, renewed, type ProjectKey } from './project-key.ts'

/** All that hangs on a project's keys, opened. */
export interface Everything {
  readonly files: readonly GroupFile[]
  readonly metadata: Metadata
  readonly key: ProjectKey
  /** The operators' files that are there, from the root. */
  readonly operatorFiles: readonly string[]
  /** What we remember of the fleet, under a key of the project's: text, or null where there is none. */
  readonly ledger: Secret | null
}

/** @throws TAMPERED when anything is not as the metadata say */
export const readEverything = async ({ files }: Pick<Ports, 'files'>, open: OpenProject): Promise<Everything> => {
  const { project, password } = open
  const at = `${project.paths.secretsName}/fingerprint-key`
  const [groups, metadata, sealed, names] = await Promise.all([
    open.readAll(),
    open.metadata(),
    files.read(project.paths.fingerprintKey, { under: project.root }),
    files.list(project.paths.operators),
  ])
  if (sealed === null) throw fail('NOT_FOUND', 'no fingerprint key', { at, hint: `git checkout ${pathWord(at)}` })
  const key = parseProjectKey(new TextDecoder().decode((await openVault(sealed, password, { at })).plaintext), at)
  const operatorFiles = (names ?? []).filter((name) => name.endsWith('.age'))
  return {
    files: groups,
    metadata,
    key,
    operatorFiles: operatorFiles.map((name) => `${project.paths.secretsName}/operators/${name}`),
    ledger: await readLedgerCache(files, project, key),
  }
}

export const ledgerPath = (project: Project): string => `.lockstep/ledger-${project.environment}.vault`

export const ledgerPassword = (root: Uint8Array): Secret =>
  new Secret(Buffer.from(projectKeys(root).ledger).toString('base64url'))

/** Null also for one that does not open: it is only a memory. */
const readLedgerCache = async (files: Ports['files'], project: Project, key: ProjectKey): Promise<Secret | null> => {
  const at = ledgerPath(project)
  const sealed = await files.read(`${project.root}/${at}`, { under: project.root })
  for (const root of sealed === null ? [] : [key.root, ...key.former]) {
    try {
      return new Secret((await openVault(sealed ?? new Uint8Array(), ledgerPassword(root), { at })).plaintext)
    } catch (error) {
      if (!hasCode(error, 'TAMPERED')) throw error
    }
  }
  return null
}

/** What is to be sealed: without one operator, and under another fingerprint key where `projectKey` says so. */
export const withOptions = (
  before: Everything,
  options: { readonly projectKey?: boolean; readonly without?: string },
  ports: Pick<Ports, 'random'>,
): Everything => {
  const operators = new Map(before.metadata.operators)
  if (options.without !== undefined) operators.delete(options.without)
  const metadata = { ...before.metadata, operators }
  if (options.projectKey !== true) return { ...before, metadata }
  const key = renewed(before.key, ports.random.bytes(32))
  return { ...before, key, metadata: refingerprinted(metadata, before.files, projectKeys(key.root).fingerprint) }
}

/** The same records under a new project key. What stood before a value is unknown under it. */
const refingerprinted = (metadata: Metadata, files: readonly GroupFile[], key: Uint8Array): Metadata => {
  const found = new Map(files.map((file) => [file.path, fingerprintsOf(file, key)]))
  const renewed = Array.from(metadata.files, ([path, records]) => {
    const fingerprints = found.get(path)
    const list = Array.from(records, ([name, record]) => {
      const fingerprint = record.fingerprint === null ? null : (fingerprints?.get(name) ?? null)
      return [name, { ...record, fingerprint, before: null }] as const
    })
    return [path, new Map(list)] as const
  })
  const result = { ...metadata, files: new Map(renewed) }
  for (const file of files) {
    if (checkFile(result, file.path, found.get(file.path) ?? new Map()) !== null) {
      throw fail('INTERNAL', 'the new metadata do not fit the files', { at: file.path })
    }
  }
  return result
}
