import type { Metadata, Operator, RecoveryRecipient } from '../../core/secrets/metadata.ts'
import { checkPasswordStrength } from '../../core/secrets/password.ts'
import type { FileChange, Ports } from '../../core/ports.ts'
import { sealVault } from '../../crypto/ansible-vault.ts'
import { sealMetadata } from '../../crypto/metadata-mac.ts'
import type { OpenProject } from './open-project.ts'
import { openProject } from './open-project.ts'
import type { ChangedSecret, Current, FilePlan, SecretWrite, TextWrite } from '../secrets/plan-change.ts'
import { pathOfWrite, planChange } from '../secrets/plan-change.ts'
import type { Project } from './project.ts'
import { manifestName, readManifestText } from './project.ts'

/** May load what it needs for it. */
export type ManifestEdit = (text: string) => string | Promise<string>

/** What to change, all of it or nothing. */
export interface ProjectChange {
  readonly writes?: readonly SecretWrite[]
  readonly texts?: readonly TextWrite[]
  /** Edits the text of lockstep.yaml as it is by then. */
  readonly manifest?: ManifestEdit
  readonly operators?: (operators: ReadonlyMap<string, Operator>) => ReadonlyMap<string, Operator>
  /** Other files of the same transaction, paths from the root; a function sees what is there by then. */
  readonly files?: readonly FileChange[] | (() => Promise<readonly FileChange[]>)
  /** The recovery identity's public side from now on. */
  readonly recovery?: RecoveryRecipient
  /** What is accepted from now on, from what is accepted by then: the file, and its MAC for the metadata. */
  readonly accepted?: () => Promise<{ readonly file: FileChange; readonly mac: string }>
}

export interface Changed {
  readonly secrets: readonly ChangedSecret[]
  /** Files that were written, from the project's root. Empty: nothing was to change. */
  readonly files: readonly string[]
}

export type ChangePorts = Pick<Ports, 'files' | 'clock' | 'random'>

/** Changes the project under its lock, from what is there by then, as one transaction: files of secrets, metadata and
 *  manifest together. Each value that differs gets a new version; what stays the same is not written.
 *  @throws UNSAFE for a weak project password; CONFLICT; TAMPERED; CONFIG when the manifest would not be valid */
export const changeProject = async (
  ports: ChangePorts,
  { project, password }: Pick<OpenProject, 'project' | 'password'>,
  change: ProjectChange,
): Promise<Changed> => {
  checkPasswordStrength(password, { at: 'the project password' })
  return ports.files.locked(project.paths.lock, async () => {
    await ports.files.recover(project.root)
    const open = openProject(ports, project, password)
    const current = await readCurrent(ports, open, change)
    const plan = await planBesideFleet(ports, open, current, change)
    const operators = change.operators?.(plan.metadata.operators) ?? plan.metadata.operators
    const recovery = change.recovery ?? plan.metadata.recovery
    const manifest = await editManifest(ports, project, change.manifest)
    const others = typeof change.files === 'function' ? await change.files() : (change.files ?? [])
    const accepting = await change.accepted?.()
    const accepted = accepting?.mac ?? plan.metadata.accepted
    const files = [...others, ...manifest, ...(accepting === undefined ? [] : [accepting.file])]
    return commitPlan(ports, open, { ...plan, metadata: { ...plan.metadata, operators, recovery, accepted } }, files)
  })
}

/** What a rotation writes is its own; everybody else leaves alone what one has that is not over, and gives each value a
 *  version above those that were seen on the fleet: under one of these it could be delivered nowhere.
 *  @throws CONFLICT, as far as this clone has seen the fleet */
const planBesideFleet = async (
  ports: Pick<Ports, 'files'>,
  open: OpenProject,
  current: Current,
  { writes = [], texts }: ProjectChange,
): Promise<FilePlan> => {
  const plan = planChange(current, writes, texts)
  const given = writes.filter(({ record }) => record !== undefined)
  const isGiven = (one: ChangedSecret): boolean =>
    given.some(({ group, host = null, name }) => group === one.group && host === one.host && name === one.name)
  const byHand = plan.changed.filter((one) => !isGiven(one))
  if (byHand.length === 0) return plan
  const [{ seenFleet }, { heldError }, { ledgerVersions }] = await Promise.all([
    import('../rotate/seen-journal.ts'),
    import('../../core/rotate/held.ts'),
    import('../../core/rotate/versions.ts'),
  ])
  const seen = await seenFleet(ports, open)
  if (seen === null) return plan
  const changing = byHand.map((one) => ({ ...one, isRemoved: one.what === 'removed' }))
  const held = heldError(seen, changing)
  if (held !== null) throw held
  const onFleet = ledgerVersions(seen)
  const isAbove = byHand.every(({ name, version }) => version > (onFleet.get(name) ?? 0))
  return isAbove ? plan : planChange({ ...current, onFleet }, writes, texts)
}

const readCurrent = async (ports: ChangePorts, open: OpenProject, change: ProjectChange): Promise<Current> => {
  const paths = [...new Set([...(change.writes ?? []), ...(change.texts ?? [])].map(pathOfWrite))]
  const [metadata, { fingerprint }, ...files] = await Promise.all([
    open.metadata(),
    open.keys(),
    ...paths.map((path) => open.readPath(path)),
  ])
  const found = new Map(paths.map((path, index) => [path, files[index] ?? null]))
  return { metadata, files: found, key: fingerprint, now: ports.clock.now() }
}

const editManifest = async (
  ports: ChangePorts,
  project: Project,
  edit: ProjectChange['manifest'],
): Promise<readonly FileChange[]> => {
  if (edit === undefined) return []
  const manifestText = await readManifestText(ports, project.root)
  const edited = await edit(manifestText)
  if (edited === manifestText) return []
  const { parseManifest } = await import('../../core/manifest/parse-manifest.ts')
  parseManifest(edited, { at: manifestName, environment: project.environment })
  const mode = (await ports.files.stat(project.paths.manifest))?.mode ?? 0o644
  return [{ path: manifestName, bytes: new TextEncoder().encode(edited), mode }]
}

/** Writes a plan: seals what changed, and the metadata when they did. To be called under the project's lock. */
export const commitPlan = async (
  ports: ChangePorts,
  open: OpenProject,
  plan: FilePlan,
  others: readonly FileChange[] = [],
): Promise<Changed> => {
  const { project, password } = open
  const { secretsName } = project.paths
  const sealed = await Promise.all(
    Array.from(plan.texts, async ([path, text]) => ({
      path: `${secretsName}/${path}`,
      bytes: await sealVault(text.bytes(), password, { label: project.manifest.project, random: ports.random }),
    })),
  )
  const changes: readonly FileChange[] = [...sealed, ...(await metadataChange(open, plan.metadata)), ...others]
  if (changes.length > 0) await ports.files.transact(project.root, changes)
  return { secrets: plan.changed, files: changes.map(({ path }) => path) }
}

const metadataChange = async (open: OpenProject, metadata: Metadata): Promise<readonly FileChange[]> => {
  const key = (await open.keys()).metadata
  const text = sealMetadata(metadata, key)
  if (text === sealMetadata(await open.metadata(), key)) return []
  return [{ path: `${open.project.paths.secretsName}/metadata.yaml`, bytes: new TextEncoder().encode(text) }]
}
