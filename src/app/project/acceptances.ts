import type { Acceptance } from '../../core/audit/acceptance.ts'
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

const fileName = 'accepted-findings.json'

export interface FoundAcceptances {
  readonly accepted: readonly Acceptance[]
  /** Where the file is not believed, and so nothing is accepted. */
  readonly problem: Finding | null
}

/** What was accepted so far. A file that is not ours accepts nothing: an audit that finds too much is safe. */
export const readAcceptances = async (
  { files }: Pick<Ports, 'files'>,
  open: OpenProject,
): Promise<FoundAcceptances> => {
  const { project } = open
  const at = `${project.paths.secretsName}/${fileName}`
  const bytes = await files.read(`${project.root}/${at}`, { under: project.root, max: 4 * 1024 * 1024 })
  if (bytes === null) return { accepted: [], problem: null }
  const owner = { project: project.manifest.project, environment: project.environment }
  const restore = `git log -- ${pathWord(at)}; git checkout COMMIT -- ${pathWord(at)}, or rm it and accept anew`
  const refused = (message: string, fix: string): FoundAcceptances => ({
    accepted: [],
    problem: finding('ACCEPTANCE-VOID', { host: null, path: at, message, fix }),
  })
  const keys = await open.keys()
  try {
    const found = parseAcceptances(new TextDecoder().decode(bytes), at)
    if (isAcceptancesMac(owner, found, keys.metadata)) return { accepted: found.accepted, problem: null }
    if (keys.former.some(({ metadata }) => isAcceptancesMac(owner, found, metadata)))
      return refused(
        'the project key is new since: what was accepted under the old one does not hold',
        `rm ${pathWord(at)}; lockstep audit --accept`,
      )
    return refused('it was changed by hand, or is of another project: nothing in it holds', restore)
  } catch (error) {
    if (!hasCode(error, 'TAMPERED')) throw error
    return refused('it is not as lockstep writes it: nothing in it holds', restore)
  }
}

/** Changes what is accepted, from what is there under the project's lock. A file that does not hold is replaced. */
export const changeAcceptances = async (
  ports: ChangePorts,
  open: OpenProject,
  change: (before: readonly Acceptance[]) => readonly Acceptance[],
): Promise<readonly Acceptance[]> => {
  const { project } = open
  const owner = { project: project.manifest.project, environment: project.environment }
  const path = `${project.paths.secretsName}/${fileName}`
  let after: readonly Acceptance[] = []
  const files = async (): Promise<readonly FileChange[]> => {
    after = change((await readAcceptances(ports, open)).accepted)
    const text = sealAcceptances(owner, after, (await open.keys()).metadata)
    return [{ path, bytes: new TextEncoder().encode(text) }]
  }
  await changeProject(ports, open, { files })
  return after
}
