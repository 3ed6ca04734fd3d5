import type { Tool } from '../../core/audit/advisories.ts'
import { auditProject, type ProjectFacts } from '../../core/audit/audit-project.ts'
import type { Finding } from '../../core/audit/findings.ts'
import { hasCode } from '../../core/errors.ts'
import { utf8Locale } from '../../core/health.ts'
import { defaultEnvironment } from '../../core/manifest/environment.ts'
import type { Ports } from '../../core/ports.ts'
import { checkPasswordStrength, passwordFromFile } from '../../core/secrets/password.ts'
import { askRepository, type Git } from '../git/ask-git.ts'
import { listSecrets } from '../secrets/list.ts'
import { passwordInProject } from './doctor-git.ts'
import { leaversOf } from './leavers.ts'
import type { OpenProject } from './open-project.ts'
import { searchPlain } from './plain-search.ts'
import type { Project } from './project.ts'
import { manifestName, pathsOf } from './project.ts'

export type AuditPorts = Pick<Ports, 'files' | 'exec' | 'machine' | 'clock'>

/** What is wrong on the operators' side: this clone, its history, this machine. Changes nothing. */
export const projectFindings = async (ports: AuditPorts, open: OpenProject): Promise<readonly Finding[]> => {
  const { project } = open
  const git = await askRepository(ports, project.root)
  const [metadata, paths, plain, password, leavers, strangers, uncommitted, hostDirectory, tools] = await Promise.all([
    open.metadata(),
    loosePaths(ports, project),
    searchValues(ports, open),
    passwordFacts(ports, open, git),
    leaversOf(git, open),
    strangersOf(ports, open),
    uncommittedOf(git, project),
    hostDirectoryOf(ports, project),
    toolsOf(ports),
  ])
  const now = ports.clock.now()
  const secrets = listSecrets(project.manifest, metadata, now)
  const facts: ProjectFacts = {
    project: project.manifest.project,
    uid: ownerOf(ports),
    paths,
    plain,
    password,
    leavers,
    strangers,
    uncommitted,
    hostDirectory,
    tools,
    secrets,
    now,
  }
  return auditProject(facts)
}

/** Whoever works here: under sudo, the person who typed it. */
const ownerOf = ({ machine }: Pick<Ports, 'machine'>): number => {
  const sudo = machine.uid === 0 ? machine.environment['SUDO_UID'] : undefined
  return sudo === undefined ? machine.uid : Number(sudo)
}

/** What commands of ours read and believe, or run. */
const loosePaths = async ({ files }: AuditPorts, project: Project): Promise<ProjectFacts['paths']> => {
  const { root, paths } = project
  const folders = ['inventory', 'playbooks', 'ansible', 'ansible/scripts', paths.secretsName, '.lockstep', '.git/hooks']
  const below = await Promise.all(
    folders.map(async (folder) => ((await files.list(`${root}/${folder}`)) ?? []).map((name) => `${folder}/${name}`)),
  )
  const all = ['.', manifestName, 'ansible.cfg', '.git', '.git/config', ...folders, ...below.flat()]
  const facts = await Promise.all(all.map(async (path) => ({ path, facts: await files.stat(`${root}/${path}`) })))
  return facts.flatMap(({ path, facts: one }) =>
    one === null || one.kind === 'link' ? [] : [{ path, mode: one.mode, uid: one.uid }],
  )
}

const searchValues = async (ports: AuditPorts, open: OpenProject): Promise<ProjectFacts['plain']> => {
  const files = await open.readAll()
  const values = files.flatMap((file) => Array.from(file.values, ([name, value]) => ({ name, value })))
  return searchPlain(ports, {
    root: open.project.root,
    values: [...values, { name: 'the project password', value: open.password }],
    except: passwordFiles(open.project),
  })
}

/** Those of every environment: what is wrong with them has findings of its own. */
const passwordFiles = (project: Project): readonly string[] => [
  passwordInProject(project),
  ...[defaultEnvironment, ...project.manifest.environments].map((name) =>
    pathsOf(project.root, name).password.slice(project.root.length + 1),
  ),
]

const passwordFacts = async (
  ports: AuditPorts,
  open: OpenProject,
  git: Git | null,
): Promise<ProjectFacts['password']> => ({
  isWeak: isWeak(open),
  sharedWith: await sharedWith(ports, open),
  since: await sinceWhen(ports, open.project, git),
})

const isWeak = ({ password }: OpenProject): boolean => {
  try {
    checkPasswordStrength(password)
    return false
  } catch (error) {
    if (hasCode(error, 'UNSAFE')) return true
    throw error
  }
}

/** Environments whose password file of convention holds this very password. */
const sharedWith = async ({ files }: AuditPorts, { project, password }: OpenProject): Promise<readonly string[]> => {
  const { environments } = project.manifest
  const others = [defaultEnvironment, ...environments].filter((name) => name !== project.environment)
  const same = await Promise.all(
    others.map(async (name) => {
      const bytes = await readOrNothing(files, pathsOf(project.root, name).password)
      return bytes !== null && bytes.length > 1 && passwordFromFile(bytes).equals(password)
    }),
  )
  return others.filter((_, index) => same[index])
}

const readOrNothing = async (files: Ports['files'], path: string): Promise<Uint8Array | null> => {
  try {
    return await files.read(path, { max: 64 * 1024 })
  } catch (error) {
    if (hasCode(error, 'UNSAFE', 'DENIED', 'UNAVAILABLE')) return null
    throw error
  }
}

/** `rekey` seals the project key anew, so that its file is as old as the password. */
const sinceWhen = async ({ files }: AuditPorts, project: Project, git: Git | null): Promise<number | null> => {
  const said = await git?.('log', '-1', '--format=%ct', '--', project.paths.fingerprintKey)
  const seconds = Number(said?.trim() || Number.NaN)
  if (Number.isFinite(seconds)) return seconds * 1000
  return (await files.stat(project.paths.fingerprintKey))?.modifiedAt ?? null
}

const strangersOf = async ({ files }: AuditPorts, open: OpenProject): Promise<readonly string[]> => {
  const { paths } = open.project
  const { operators } = await open.metadata()
  const names = ((await files.list(paths.operators)) ?? []).filter((name) => !operators.has(name.replace(/\.age$/, '')))
  return names.map((name) => `${paths.secretsName}/operators/${name}`)
}

const uncommittedOf = async (git: Git | null, { paths }: Project): Promise<readonly string[]> => {
  const said = await git?.('status', '--porcelain', '-z', '--no-renames', '--', manifestName, paths.secretsName)
  const names = (said ?? '').split('\0').filter((line) => line !== '')
  return names.map((line) => line.slice(3))
}

/** A host has its id in the project's directory. */
const hostDirectoryOf = async ({ files }: AuditPorts, { manifest }: Project): Promise<string | null> => {
  const isHost = (await files.stat(`${manifest.directory}/host.json`)) !== null
  return isHost ? manifest.directory : null
}

const asked: readonly { readonly tool: Tool; readonly program: string; readonly flag: string }[] = [
  { tool: 'ansible-core', program: 'ansible-playbook', flag: '--version' },
  { tool: 'openssh', program: 'ssh', flag: '-V' },
  { tool: 'git', program: 'git', flag: '--version' },
]

/** The first line of what each says of itself; a program that is not there says nothing. */
const toolsOf = async ({ exec, machine }: AuditPorts): Promise<ProjectFacts['tools']> => {
  const env = { ...machine.environment, LC_ALL: utf8Locale(machine.platform) }
  const found = await Promise.all(
    asked.map(async ({ tool, program, flag }) => {
      if ((await exec.find(program)) === null) return []
      const { stdout, stderr } = await exec.run(program, [flag], { timeout: 20_000, env })
      return [{ tool, said: (new TextDecoder().decode(stdout) || stderr).split('\n')[0] ?? '' }]
    }),
  )
  return found.flat()
}
