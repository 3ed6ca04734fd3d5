import { SecretsError, fail, hasCode } from '../../core/errors.ts'
import { problemOf } from '../../core/fleet/delivery-report.ts'
import { few } from '../../core/names.ts'
import type { Ports } from '../../core/ports.ts'
import { rotatedSince, type Since, type WrittenSecret } from '../../core/rotate/rotated-since.ts'
import type { Committed } from '../../core/rotate/rotation-report.ts'
import { parseMetadata } from '../../core/secrets/metadata-text.ts'
import { checkCommitted } from '../fleet/delivery-git.ts'
import { askRepository, type Git } from '../git/ask-git.ts'
import { commitOwn, isBehind, ownBranch, pushOwn, unpushed } from '../git/own-commit.ts'
import { openProject, type OpenProject } from '../project/open-project.ts'
import type { RotateOptions } from './rotation-context.ts'

type CommitPorts = Pick<Ports, 'exec' | 'files'>

/** Whether what this run will write can be committed, before it writes anything.
 *  @throws CONFLICT for changes of others in the same files, and for a branch that is behind; CONFIG */
export const checkCommittable = async (ports: CommitPorts, open: OpenProject): Promise<void> => {
  const { project } = open
  const { commit, push } = project.manifest.git
  if (!commit) return
  const git = await repositoryOf(ports, open)
  const { name, upstream } = await ownBranch(git)
  await checkCommitted(ports, project)
  const since = await sinceCommit(git, open, [])
  if (since === null || since.others.length > 0) throw othersChanges(open, since)
  if (!push) return
  if (upstream === null) {
    throw fail('CONFIG', `the branch ${name} is pushed nowhere yet`, { hint: `git push -u origin ${name}` })
  }
  if ((await isBehind(git, upstream)) !== true) return
  throw fail('CONFLICT', 'this clone lacks what others have pushed: what is rotated here could not be pushed', {
    hint: 'git pull --no-rebase',
  })
}

const repositoryOf = async (ports: CommitPorts, { project }: OpenProject): Promise<Git> => {
  const git = await askRepository(ports, project.root)
  if (git !== null) return git
  throw fail('CONFIG', '`git: { commit: true }`, and this project is in no repository', {
    at: 'lockstep.yaml',
    hint: 'git init, or take that out',
  })
}

/** What the files of secrets hold that the last commit does not; null: nothing of it was ever committed. */
const sinceCommit = async (git: Git, open: OpenProject, written: readonly WrittenSecret[]): Promise<Since | null> => {
  const { secretsName } = open.project.paths
  const at = `${secretsName}/metadata.yaml`
  const text = await git('show', `HEAD:./${at}`)
  return text === null ? null : rotatedSince(parseMetadata(text, at).metadata, await open.metadata(), written)
}

const othersChanges = ({ project }: OpenProject, since: Since | null): SecretsError => {
  const { secretsName } = project.paths
  const what = since === null ? 'was never committed' : `has changes of others (${few(since.others)})`
  return fail('CONFLICT', `${secretsName}/ ${what}: what is rotated could not be committed alone`, {
    hint: `look at them: git status; then git add ${secretsName} && git commit`,
  })
}

export interface RotatedValues {
  readonly written: readonly WrittenSecret[]
  readonly plan: string
  readonly reason: RotateOptions['reason']
}

/** Commits what rotations have written and nothing else, those included that were cut off before they could; null: there
 *  is nothing. What cannot be done is told, with what to type: the rotation stands. */
export const commitRotated = async (
  ports: CommitPorts,
  open: OpenProject,
  values: RotatedValues,
): Promise<Committed | null> => {
  const { git: wanted } = open.project.manifest
  if (!wanted.commit) return null
  let commit: string | null = null
  try {
    const git = await repositoryOf(ports, open)
    const { upstream } = await ownBranch(git)
    commit = await ports.files.locked(open.project.paths.lock, () => commitOnly(ports, git, open, values))
    const isDue = commit !== null || (await unpushed(git, open.project.paths.secretsName))
    if (!isDue) return null
    if (wanted.push && upstream !== null) await pushOwn(ports, git, open.project.root, upstream)
    return { commit, isPushed: wanted.push && upstream !== null, problem: null }
  } catch (error) {
    if (!(error instanceof SecretsError) || hasCode(error, 'INTERNAL')) throw error
    return { commit, isPushed: false, problem: problemOf(error) }
  }
}

/** What a person has to commit, as nobody else does: other clones cannot go on with what they do not have. */
export const uncommitted = async (
  ports: CommitPorts,
  { project }: Pick<OpenProject, 'project'>,
  written: readonly WrittenSecret[],
): Promise<readonly string[]> => {
  if (project.manifest.git.commit || written.length === 0) return []
  try {
    return await checkCommitted(ports, project)
  } catch (error) {
    if (!hasCode(error, 'CONFLICT')) throw error
    return [error.message]
  }
}

/** Under the project's lock: nobody changes secrets meanwhile. */
const commitOnly = async (
  ports: CommitPorts,
  git: Git,
  { project, password }: OpenProject,
  { written, plan, reason }: RotatedValues,
): Promise<string | null> => {
  const open = openProject(ports, project, password)
  const since = await sinceCommit(git, open, written)
  if (since !== null && since.names.length === 0 && since.others.length === 0) return null
  if (since === null || since.others.length > 0) throw othersChanges(open, since)
  const { secretsName } = project.paths
  const about = `lockstep: rotated ${few(since.names)}`
  const message = [about, '', `rotation ${plan}`, ...(reason === null ? [] : [reason]), ''].join('\n')
  const paths = ['metadata.yaml', ...since.paths].map((path) => `${secretsName}/${path}`)
  return commitOwn(ports, git, project.root, { paths, message })
}

/** An unattended run leaves nothing behind that others must not overlook.
 *  @throws CONFIG for one in a repository where nobody would commit what it has written */
export const checkUnattended = async (ports: CommitPorts, { project }: Pick<OpenProject, 'project'>): Promise<void> => {
  const { git, onlyWriter } = project.manifest
  if (git.commit || onlyWriter !== null || (await askRepository(ports, project.root)) === null) return
  throw fail('CONFIG', 'nobody would commit what is rotated here: other clones would have the old values', {
    at: 'lockstep.yaml',
    hint: 'git: { commit: true, push: true }; or where secrets are changed on this machine alone: only_writer: ITS-NAME',
  })
}
