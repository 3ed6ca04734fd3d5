import { pathFrom } from '../../core/absolute-path.ts'
import { updateDotenv } from '../../core/formats/dotenv.ts'
import { fail, hasCode } from '../../core/errors.ts'
import { mergeMetadata } from '../../core/secrets/merge-metadata.ts'
import { emptyMetadata, parseGroupPath } from '../../core/secrets/metadata.ts'
import { mergeMaps } from '../../core/secrets/three-way.ts'
import type { Ports } from '../../core/ports.ts'
import { Secret } from '../../core/secret.ts'
import { openVault, sealVault } from '../../crypto/ansible-vault.ts'
import { fingerprint } from '../../crypto/fingerprint.ts'
import { openMetadata, sealMetadata } from '../../crypto/metadata-mac.ts'
import { groupFileOf, type GroupFile } from '../secrets/group-file.ts'
import { withProject, type OpenPorts } from '../project/with-project.ts'
import type { OpenProject } from '../project/open-project.ts'
import { defaultEnvironment } from '../../core/manifest/environment.ts'
import { findProject, type Project } from '../project/project.ts'

export type GitPorts = OpenPorts

/** What git hands to a merge driver: files with the three versions, and where the result belongs. */
export interface MergeCall {
  readonly base: string
  /** Read, and overwritten with the result. */
  readonly ours: string
  readonly theirs: string
  /** In the repository, from the working directory. */
  readonly path: string
}

/** Merges one file of a project. `conflicts` says what both branches changed, by name and fingerprint, one line each;
 *  then the file holds our side of these and everything else merged.
 *  @throws TAMPERED when a version does not open; NOT_FOUND */
export const mergeForGit = async (
  ports: GitPorts,
  call: MergeCall,
): Promise<{ readonly conflicts: readonly string[] }> => {
  const { project, path } = await projectAround(ports, call.path)
  const intended = { action: 'change', names: { files: [path] }, forGit: true } as const
  return withProject(ports, project, intended, (open) => mergeIn(ports, open, call, path))
}

const mergeIn = async (
  ports: GitPorts,
  open: OpenProject,
  call: MergeCall,
  path: string,
): Promise<{ readonly conflicts: readonly string[] }> => {
  const read = async (from: string): Promise<Uint8Array> => {
    const bytes = await ports.files.read(absolute(ports, from))
    if (bytes === null) throw fail('NOT_FOUND', 'no such file', { at: from })
    return bytes
  }
  const versions = { base: await read(call.base), ours: await read(call.ours), theirs: await read(call.theirs) }
  const merge = path === 'metadata.yaml' ? mergeMetadataFile : mergeGroupFile
  const { bytes, conflicts } = await merge(ports, open, versions, path)
  await ports.files.write(absolute(ports, call.ours), bytes)
  return { conflicts }
}

interface Versions {
  /** Empty when both branches made the file. */
  readonly base: Uint8Array
  readonly ours: Uint8Array
  readonly theirs: Uint8Array
}

interface MergedFile {
  readonly bytes: Uint8Array
  readonly conflicts: readonly string[]
}

const absolute = ({ machine }: Pick<Ports, 'machine'>, path: string): string => pathFrom(machine.cwd, path)

/** The project that a path in a repository lies in, and the path below its secrets directory. */
const projectAround = async (
  ports: GitPorts,
  inRepository: string,
): Promise<{ readonly project: Project; readonly path: string }> => {
  const full = absolute(ports, inRepository)
  const match = /^(.*?)\/(?:environments\/([^/]+)\/)?secrets\/(.+)$/.exec(full)
  const [, root = '', environment = defaultEnvironment, path = ''] = match ?? []
  const project = await findProject({ ...ports, machine: { ...ports.machine, cwd: root } }, { environment })
  if (full !== `${project.paths.secrets}/${path}`) throw notOfSecrets(inRepository)
  return { project, path }
}

const mergeMetadataFile = async (_ports: GitPorts, open: OpenProject, versions: Versions): Promise<MergedFile> => {
  const { metadata: key } = await open.keys()
  const { manifest, environment } = open.project
  const [base, ours, theirs] = [versions.base, versions.ours, versions.theirs].map((bytes, index) => {
    const at = `metadata.yaml of ${sides[index] ?? ''}`
    const text = new TextDecoder().decode(bytes)
    return text === '' ? emptyMetadata(manifest.project, environment) : openMetadata(text, key, { at })
  })
  if (base === undefined || ours === undefined || theirs === undefined) throw fail('INTERNAL', 'three sides')
  const { metadata, conflicts } = mergeMetadata(base, ours, theirs)
  return { bytes: new TextEncoder().encode(sealMetadata(metadata, key)), conflicts }
}

const sides = ['their common ancestor', 'our branch', 'their branch']

const mergeGroupFile = async (
  { random }: GitPorts,
  open: OpenProject,
  versions: Versions,
  path: string,
): Promise<MergedFile> => {
  const [base, ours, theirs] = await Promise.all(
    [versions.base, versions.ours, versions.theirs].map((bytes, index) => openSide(open, path, bytes, index)),
  )
  if (base === undefined || ours === undefined || theirs === undefined) throw fail('INTERNAL', 'three sides')
  const { merged, conflicts } = mergeMaps(base.values, ours.values, theirs.values, (a, b) => a.equals(b))
  const names = new Set([...ours.values.keys(), ...merged.keys()])
  const changes = new Map(Array.from(names, (name) => [name, merged.get(name) ?? null]))
  // Comments live in the text: where one side left it alone, the other's is taken as it is.
  const isUntouched = ours.text.equals(base.text) && conflicts.length === 0
  const text = isUntouched ? theirs.text : new Secret(updateDotenv(ours.text.reveal(), changes))
  const { fingerprint: key } = await open.keys()
  const shown = (file: GroupFile, name: string): string => {
    const value = file.values.get(name)
    return value === undefined ? 'removed' : fingerprint(key, name, value)
  }
  const label = open.project.manifest.project
  const same = text.equals(ours.text) ? versions.ours : text.equals(theirs.text) ? versions.theirs : null
  return {
    bytes: same ?? (await sealVault(text.bytes(), open.password, { label, random })),
    conflicts: conflicts.map((name) => `${name}: ours ${shown(ours, name)}, theirs ${shown(theirs, name)}`),
  }
}

const openSide = async (open: OpenProject, path: string, bytes: Uint8Array, index: number): Promise<GroupFile> => {
  const at = `${path} of ${sides[index] ?? ''}`
  if (parseGroupPath(path) === null) throw notOfSecrets(path)
  if (bytes.length === 0) return groupFileOf(path, bytes, at)
  try {
    return groupFileOf(path, (await openVault(bytes, open.password, { at })).plaintext, at)
  } catch (cause) {
    if (!hasCode(cause, 'TAMPERED')) throw cause
    const hint = 'if one branch was rekeyed: take its files, then repeat the other branch’s changes with lockstep set'
    throw fail('TAMPERED', cause.message, { at, hint, cause })
  }
}

const notOfSecrets = (at: string): Error =>
  fail('USAGE', 'not a file of secrets', {
    at,
    hint: '.gitattributes gives this driver secrets/ alone: see git check-attr merge -- FILE',
  })
