import { defaultEnvironment } from '../../core/manifest/environment.ts'
import { fail } from '../../core/errors.ts'
import { addEnvironment, addGroup } from '../../core/manifest/manifest-edit.ts'
import { parseManifest } from '../../core/manifest/parse-manifest.ts'
import { isPathName, quoteName } from '../../core/names.ts'
import type { FileChange, Ports } from '../../core/ports.ts'
import type { Secret } from '../../core/secret.ts'
import { sealVault } from '../../crypto/ansible-vault.ts'
import type { AnsibleSetup } from './adopt-inventory.ts'
import { findAnsibleProject } from './adopt-inventory.ts'
import type { FoundValues } from './adopt-values.ts'
import { findValues } from './adopt-values.ts'
import { collectionsAdvice } from './doctor-ansible.ts'
import { registerGitDrivers } from '../git/git-drivers.ts'
import { aboutSpare, aboutTracked, aboutUnfit, adopted, exposedFiles, undeclared } from './init-notes.ts'
import { planPassword, strongOnly } from './init-password.ts'
import { manifestText } from './init-texts.ts'
import { newSecrets } from './new-secrets.ts'
import { forgetPinned, pinPath } from './pinned-key.ts'
import { plainFiles } from './plain-files.ts'
import { recordFile } from '../secrets/plan-change.ts'
import type { Project } from './project.ts'
import { findRoot, manifestName, pathsOf } from './project.ts'

export type InitPorts = Pick<Ports, 'files' | 'exec' | 'machine' | 'terminal' | 'clock' | 'random'>

export interface InitOptions {
  readonly environment?: string | undefined
  /** Default: the name of the directory. */
  readonly project?: string | undefined
}

export interface Initialized {
  readonly root: string
  /** Files that were made, from the root; a file that got lines added says so. */
  readonly created: readonly string[]
  /** What was there and is used as it is. */
  readonly adopted: readonly { readonly path: string; readonly as: string }[]
  readonly notes: readonly string[]
  /** What to type next. */
  readonly next: string
  /** The secrets of this environment were started by this run. */
  readonly isNew: boolean
}

/** Starts a project, or an environment of one, from what is there: nothing is overwritten, everything is told. A second
 *  run finds nothing to do. All files appear at once or not at all.
 *  @throws UNSAFE when the password that is there is too weak to write with; USAGE; CONFIG */
export const initProject = async (ports: InitPorts, options: InitOptions = {}): Promise<Initialized> => {
  const root = (await findRoot(ports)) ?? ports.machine.cwd
  const environment = options.environment ?? defaultEnvironment
  await ports.files.recover(root)
  return ports.files.locked(pathsOf(root, environment).lock, async () => {
    const found = await findAnsibleProject(ports, root, environment)
    const { ansible, unfit } = await strongOnly(ports, root, found)
    const { project, manifest } = await planManifest(ports, { root, environment, ansible, named: options.project })
    const { password, changes: passwordChange } = await planPassword(ports, project)
    const isNewPassword = passwordChange.length > 0
    const values = await findValues(ports, project, isNewPassword ? (unfit?.password ?? null) : password)
    const exposed = exposedFiles(project, found, values)
    const secrets = await planSecrets(ports, project, { password, values, sealAnew: isNewPassword })
    const changes = [...passwordChange, ...secrets.changes, ...(await plainFiles(ports, project, { ansible, exposed }))]
    const declared = manifest === null ? null : declareFound(manifest, secrets.isNew ? values : null)
    if (declared !== null) changes.push(manifestChange(declared))
    if (changes.length > 0) await ports.files.transact(root, changes)
    // what was here before, if anything, is no more
    if (secrets.isNew) await forgetPinned(ports, project)
    const drivers = (await registerGitDrivers(ports, root)) ?? []
    const collections = await collectionsAdvice(ports, project)
    const hasValues = values.sealed.length + values.plain.length > 0
    return {
      root,
      created: [
        ...changes.map(({ path }) => path).filter((path) => !path.startsWith('.lockstep/')),
        ...(drivers.length > 0 ? ['.git/config'] : []),
      ],
      adopted: secrets.isNew ? adopted(project, ansible, values, isNewPassword) : [],
      notes: [
        ...(unfit === null ? [] : [aboutUnfit(unfit)]),
        ...values.notes,
        ...(secrets.isNew ? [...undeclared(project, values), ...aboutSpare(values)] : []),
        ...(await aboutTracked(ports, root, exposed)),
        ...(collections === null ? [] : [collections.says]),
      ],
      isNew: secrets.isNew,
      next: secrets.isNew
        ? hasValues
          ? 'lockstep list'
          : (values.left[0]?.next ?? 'lockstep create')
        : 'lockstep doctor',
    }
  })
}

const manifestChange = (text: string): FileChange => ({
  path: manifestName,
  bytes: new TextEncoder().encode(text),
  mode: 0o644,
})

interface PlannedAt {
  readonly root: string
  readonly environment: string
  readonly ansible: AnsibleSetup
  readonly named: string | undefined
}

/** The project as it will be. `manifest` is the text to write; null when the one that is there stays. */
const planManifest = async (
  { files, machine }: InitPorts,
  { root, environment, ansible, named }: PlannedAt,
): Promise<{ readonly project: Project; readonly manifest: string | null }> => {
  const bytes = await files.read(`${root}/${manifestName}`)
  const before = bytes === null ? null : new TextDecoder().decode(bytes)
  let text = before ?? manifestText(projectName(named, root), settingsOf(ansible, machine.home))
  const known = [defaultEnvironment, ...parseManifest(text, { at: manifestName }).environments]
  if (!known.includes(environment)) text = addEnvironment(text, environment)
  const manifest = parseManifest(text, { at: manifestName, environment })
  const paths = pathsOf(root, environment)
  const planned: Project = {
    root,
    environment,
    manifest,
    manifestText: text,
    paths,
    pin: pinPath(machine, root, environment),
  }
  return { project: planned, manifest: text === before ? null : text }
}

const projectName = (wanted: string | undefined, root: string): string => {
  const base = root.slice(root.lastIndexOf('/') + 1).toLowerCase()
  const name =
    wanted ??
    base
      .replace(/[^a-z0-9_-]+/g, '-')
      .replace(/^[-_]+|[-_]+$/g, '')
      .slice(0, 63)
  if (isPathName(name)) return name
  throw fail('USAGE', `${quoteName(name)} cannot be a project's name`, {
    hint: 'lockstep init --project NAME, of small letters, digits, - and _',
  })
}

const settingsOf = ({ inventory, mustName, password }: AnsibleSetup, home: string): readonly string[] => {
  const path = password?.path.startsWith(`${home}/`) === true ? `~${password.path.slice(home.length)}` : password?.path
  return [
    ...(mustName && inventory !== null ? [`inventory: ${inventory}`] : []),
    ...(path === undefined ? [] : [`password: ${password?.isProgram === true ? `[${path}]` : path}`]),
  ]
}

const planSecrets = async (
  ports: InitPorts,
  project: Project,
  {
    password,
    values,
    sealAnew,
  }: { readonly password: Secret; readonly values: FoundValues; readonly sealAnew: boolean },
): Promise<{ readonly isNew: boolean; readonly changes: readonly FileChange[] }> => {
  if ((await ports.files.stat(project.paths.metadata)) !== null) return { isNew: false, changes: [] }
  const now = ports.clock.now()
  const changes = await newSecrets(ports, project, password, (metadata, { fingerprint: key }) =>
    [...values.sealed, ...values.plain.map(({ file }) => file)].reduce(
      (known, file) => recordFile({ metadata: known, key, now }, file).metadata,
      metadata,
    ),
  )
  const files = [...(sealAnew ? values.sealed : []), ...values.plain.map(({ file }) => file)]
  const sealed = files.map(async (file) => ({
    path: `${project.paths.secretsName}/${file.path}`,
    bytes: await sealVault(file.text.bytes(), password, { label: project.manifest.project, random: ports.random }),
  }))
  return { isNew: true, changes: [...changes, ...(await Promise.all(sealed))] }
}

/** A manifest we write ourselves lists what was found; somebody's own stays as it is. */
const declareFound = (text: string, values: FoundValues | null): string => {
  const groups = new Map<string, Set<string>>()
  for (const file of [...(values?.sealed ?? []), ...(values?.plain.map((one) => one.file) ?? [])]) {
    const keys = groups.get(file.group) ?? new Set()
    for (const name of file.values.keys()) keys.add(name)
    groups.set(file.group, keys)
  }
  const declared = parseManifest(text, { at: manifestName }).groups
  if (declared.length > 0) return text
  return Array.from(groups).reduce((edited, [group, keys]) => addGroup(edited, group, [...keys]), text)
}
