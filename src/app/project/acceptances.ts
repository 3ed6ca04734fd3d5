import type { Acceptance, Acceptances } from '../../core/audit/acceptance.ts'
import { parseAcceptances } from '../../core/audit/acceptance.ts'
import type { Finding } from '../../core/audit/findings.ts'
import { finding } from '../../core/audit/findings.ts'
import { hasCode } from '../../core/errors.ts'
import { pathWord } from '../../core/host-text.ts'
import type { FileChange, Ports } from '../../core/ports.ts'
import { isAcceptancesMac, sealAcceptances } from '../../crypto/acceptances-mac.ts'
import type { ChangePorts } from './change-project.ts'
import { changeProject } from './change-project.ts'
import type { OpenProject } from './open-project.ts'
import { openProject } from './open-project.ts'
import { rememberSeen, highestSeen } from './highest-seen.ts'

const fileName = 'accepted-findings.json'
/** The number of the newest that was seen here. */
const kind = 'accepted'

export interface FoundAcceptances {
  /** Of a file that somebody with the project key wrote, whether it holds or not; 0: of none. */
  readonly number: number
  readonly accepted: readonly Acceptance[]
  /** Where the file is not believed, and so nothing is accepted. */
  readonly problem: Finding | null
}

/** What was accepted so far. A file that is not ours accepts nothing: an audit that finds too much is safe. */
export const readAcceptances = async (
  ports: Pick<Ports, 'files' | 'machine'>,
  open: OpenProject,
): Promise<FoundAcceptances> => {
  const { project } = open
  const { files } = ports
  const at = `${project.paths.secretsName}/${fileName}`
  const bytes = await files.read(`${project.root}/${at}`, { under: project.root, max: 4 * 1024 * 1024 })
  const { accepted: expected } = await open.metadata()
  if (bytes === null && expected === null) return { number: 0, accepted: [], problem: null }
  const owner = { project: project.manifest.project, environment: project.environment }
  const anew = 'lockstep audit --withdraw all, then --accept what may stay'
  const restore = `git log -- ${pathWord(at)}; git checkout COMMIT -- ${pathWord(at)}; or ${anew}`
  const refused = (message: string, fix: string, number = 0): FoundAcceptances => ({
    number,
    accepted: [],
    problem: finding('ACCEPTANCE-VOID', { host: null, path: at, message, fix }),
  })
  if (bytes === null) return refused('it is gone: nothing is accepted', restore)
  const text = new TextDecoder().decode(bytes)
  if (/^<{7} /m.test(text)) {
    const ours = `git checkout --ours -- ${pathWord(at)}`
    return refused('git left the marks of a merge here', `${ours}; lockstep audit --accept what only theirs had`)
  }
  const keys = await open.keys()
  try {
    const found = parseAcceptances(text, at)
    const { number, accepted } = found
    if (isAcceptancesMac(owner, found, keys.metadata)) {
      if (found.mac !== expected)
        return refused('it is an older one, or of another branch: nothing in it holds', restore, number)
      const seen = await highestSeen(ports, kind, project)
      if (number < seen) {
        const what = `it is number ${number}, and number ${seen} was seen here: what was withdrawn since would hold again`
        return refused(what, `git merge the branch that has the newer one; or ${anew}`, number)
      }
      await rememberSeen(ports, kind, project, number)
      return { number, accepted, problem: null }
    }
    if (keys.former.some(({ metadata }) => isAcceptancesMac(owner, found, metadata))) {
      const what = 'the project key is new since: what was accepted under the old one does not hold'
      return refused(what, anew, number)
    }
    return refused('it was changed by hand, or is of another project: nothing in it holds', restore)
  } catch (error) {
    if (!hasCode(error, 'TAMPERED')) throw error
    return refused('it is not as lockstep writes it: nothing in it holds', restore)
  }
}

/** Changes what is accepted, from what is there under the project's lock. A file that does not hold is replaced. */
export const changeAcceptances = async (
  ports: ChangePorts & Pick<Ports, 'machine'>,
  open: OpenProject,
  change: (before: readonly Acceptance[]) => readonly Acceptance[],
): Promise<readonly Acceptance[]> => {
  const { project } = open
  const owner = { project: project.manifest.project, environment: project.environment }
  const path = `${project.paths.secretsName}/${fileName}`
  let after: Acceptances = { number: 0, accepted: [] }
  const accepted = async (): Promise<{ readonly file: FileChange; readonly mac: string }> => {
    // as it is under the lock, which others may have had meanwhile
    const now = openProject(ports, project, open.password)
    const before = await readAcceptances(ports, now)
    const number = Math.max(before.number, await highestSeen(ports, kind, project)) + 1
    after = { number, accepted: change(before.accepted) }
    const { text, mac } = sealAcceptances(owner, after, (await now.keys()).metadata)
    return { file: { path, bytes: new TextEncoder().encode(text) }, mac }
  }
  await changeProject(ports, open, { accepted })
  await rememberSeen(ports, kind, project, after.number)
  return after.accepted
}
