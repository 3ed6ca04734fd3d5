import { pathFrom } from '../../core/absolute-path.ts'
import { counted, few } from '../../core/names.ts'
import { pathWord } from '../../core/host-text.ts'
import { fail, hasCode, SecretsError } from '../../core/errors.ts'
import type { Check } from '../../core/health.ts'
import { good, isAtLeast, noted, oldestPython, wrong } from '../../core/health.ts'
import type { Ports } from '../../core/ports.ts'
import { checkPasswordStrength } from '../../core/secrets/password.ts'
import { findAnsibleProject } from './adopt-inventory.ts'
import { findPlain, type LeftAlone } from './adopt-plain.ts'
import { adviceOnUnion } from './adopt-union.ts'
import { collectionsAdvice, isReadable } from './doctor-ansible.ts'
import { checkGit } from './doctor-git.ts'
import { checkTools } from './doctor-tools.ts'
import { knownHosts } from '../fleet/known-hosts.ts'
import { listSecrets } from '../secrets/list.ts'
import type { OpenProject } from './open-project.ts'
import { openProject } from './open-project.ts'
import { passwordOrigin, projectPassword } from './project-password.ts'
import type { Project } from './project.ts'
import { findProject } from './project.ts'

export type DoctorPorts = Pick<Ports, 'files' | 'exec' | 'machine' | 'terminal' | 'clock'>

export interface Diagnosis {
  readonly checks: readonly Check[]
  /** What to type next. */
  readonly next: string
}

/** Looks at everything that must be there before the fleet is touched. Changes nothing, asks nobody on the network. */
export const diagnose = async (ports: DoctorPorts, environment: string | undefined): Promise<Diagnosis> => {
  const tools = await checkTools(ports)
  const found = await tried('lockstep.yaml', () => findProject(ports, { environment }))
  if ('state' in found) return conclude([...tools, found], 'lockstep init')
  const manifest = good('lockstep.yaml', `project ${found.manifest.project}, environment ${found.environment}`)
  const opened = await openForCheck(ports, found)
  const project = [
    manifest,
    ...(await checkGit(ports, found)),
    await checkInventory(ports, found),
    ...(await checkCollections(ports, found)),
  ]
  if ('state' in opened) return conclude([...tools, ...project, opened], 'lockstep doctor')
  const secrets = await checkSecrets(ports, opened)
  const hosts = await checkHosts(ports, found)
  const next = secrets.fill ?? (hosts.seen ? 'lockstep status' : 'lockstep setup')
  return conclude([...tools, ...project, ...secrets.checks, ...hosts.checks], next)
}

const conclude = (checks: readonly Check[], next: string): Diagnosis => {
  const first = checks.find(({ state, hint }) => state === 'wrong' && hint !== null)
  return { checks, next: first?.hint ?? next }
}

/** What the work gives, or what went wrong as a check. */
const tried = async <T extends object>(what: string, work: () => Promise<T>): Promise<T | Check> => {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SecretsError) || error.code === 'INTERNAL') throw error
    const place = error.at === undefined || error.at === what ? '' : ` (${error.at})`
    return wrong(what, `${error.message}${place}`, error.hint ?? null)
  }
}

const openForCheck = (ports: DoctorPorts, project: Project): Promise<OpenProject | Check> =>
  tried('project password', async () => {
    const quiet = { ...ports, terminal: { ...ports.terminal, isInteractive: false } }
    const password = await projectPassword(quiet, project)
    const open = openProject(ports, project, password)
    const at = passwordOrigin(ports, project)
    // a wrong password may be a weak one as well, and that is not what is wrong with it
    await checkOpens(open, at)
    checkPasswordStrength(password, { at })
    return open
  })

const checkOpens = async (open: OpenProject, at: string): Promise<void> => {
  try {
    await open.keys()
  } catch (error) {
    // what else is wrong with the files is told where they are looked at
    if (!hasCode(error, 'TAMPERED')) return
    // it opens them, which says nothing for them
    if (error.hint?.includes(open.project.pin) === true) throw error
    throw fail('TAMPERED', `it does not open ${error.at ?? open.project.paths.secretsName}: ${error.message}`, {
      at,
      hint: 'ask whoever ran lockstep rekey last for the password of now',
    })
  }
}

const checkSecrets = async (
  ports: DoctorPorts,
  open: OpenProject,
): Promise<{
  readonly checks: readonly Check[]
  /** What to type where there are no values yet; null: there are, or nobody knows. */
  readonly fill: string | null
}> => {
  const { secretsName } = open.project.paths
  const files = await tried(secretsName, () => open.readAll())
  const password = good('project password', 'there, private and strong')
  if ('state' in files) return { checks: [password, files], fill: null }
  const listed = listSecrets(open.project.manifest, await open.metadata(), ports.clock.now())
  const named = (state: string): readonly string[] =>
    listed.filter((one) => one.state === state).map(({ name }) => name)
  const [missing, overdue] = [named('missing'), named('overdue')]
  const held = [...new Set(files.flatMap(({ values }) => [...values.keys()]))]
  const { left } = await findPlain(ports, open.project, { sealed: files, isNew: false })
  const fill = listed.length === 0 ? (left[0]?.next ?? 'lockstep create') : null
  const checks = [
    password,
    good(
      secretsName,
      `${counted(files.length, 'file')}, ${counted(listed.length - missing.length, 'secret')}, all as recorded`,
    ),
    ...(fill === null ? [] : [noted('secrets', 'none yet', fill)]),
    ...(missing.length === 0 ? [] : [wrong('secrets', `without a value: ${few(missing)}`, 'lockstep create')]),
    ...(overdue.length === 0 ? [] : [noted('secrets', `overdue: ${few(overdue)}`, 'lockstep list --overdue')]),
    ...left.map(({ source, why, next }) => noted(source, `plain text, ${why}`, next)),
    ...(await plainLeftovers(ports, open.project, { names: held, left })),
    ...(await adviceOnUnion(ports, open.project, open.password, held)).map(({ path, says }) => noted(path, says)),
  ]
  return { checks, fill }
}

/** Plain files of the root that hold names we keep, and nothing else. */
const plainLeftovers = async (
  ports: DoctorPorts,
  { root }: Project,
  { names, left }: { readonly names: readonly string[]; readonly left: readonly LeftAlone[] },
): Promise<Check[]> => {
  const found: Check[] = []
  const isPlain = (name: string): boolean =>
    /^(\.env|[a-z0-9_-]+\.env)$/.test(name) && left.every(({ source }) => source !== name)
  for (const file of ((await ports.files.list(root)) ?? []).filter(isPlain)) {
    const bytes = await ports.files.read(`${root}/${file}`, { max: 1024 * 1024 })
    const text = new TextDecoder().decode(bytes ?? new Uint8Array())
    const held = names.filter((name) => new RegExp(`^\\s*(export )?${name}=`, 'm').test(text))
    if (held.length > 0)
      found.push(noted(file, `plain text beside the encrypted: ${few(held)}`, `rm ${pathWord(file)}`))
  }
  return found
}

const checkInventory = async (ports: DoctorPorts, { root, environment, manifest }: Project): Promise<Check> => {
  const { inventory } = await findAnsibleProject(ports, root, environment)
  const path = manifest.inventory ?? inventory ?? `inventory/${environment}`
  const facts = await ports.files.stat(pathFrom(root, path))
  if (facts === null && !path.includes(',')) {
    return wrong('inventory', `${path} is not there`, 'write it, or name another: inventory: in lockstep.yaml')
  }
  if (await isReadable(ports, root, path)) return good('inventory', path)
  return wrong('inventory', `Ansible cannot read ${path}`, `ansible-inventory -i ${path} --list`)
}

const checkCollections = async (ports: DoctorPorts, project: Project): Promise<readonly Check[]> => {
  const advice = await collectionsAdvice(ports, project)
  return advice === null ? [] : [noted(advice.path, advice.says)]
}

const checkHosts = async (
  ports: DoctorPorts,
  project: Project,
): Promise<{ readonly checks: readonly Check[]; readonly seen: boolean }> => {
  const { environment, paths } = project
  const hosts = Object.entries(await knownHosts(ports, { state: paths.state, environment }))
  if (hosts.length === 0) return { checks: [noted('hosts', 'none seen yet', 'lockstep setup')], seen: false }
  const checks = hosts.map(([host, { python }]) =>
    isAtLeast(python, oldestPython)
      ? good(host, `Python ${python}`)
      : wrong(host, `Python ${python} is too old`, `Python ${oldestPython.join('.')} or newer is needed on ${host}`),
  )
  return { checks, seen: true }
}
