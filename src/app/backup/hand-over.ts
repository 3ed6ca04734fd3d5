import { absolutePath } from '../../core/absolute-path.ts'
import { fail, SecretsError, type Code } from '../../core/errors.ts'
import { pathWord } from '../../core/host-text.ts'
import type { Ports } from '../../core/ports.ts'
import { manifestName } from '../project/project.ts'
import type { Project } from '../project/project.ts'
import type { HandedOver } from './recovery-identity.ts'

const tries = 3

/** Shows each text once, at the terminal itself and never through a pipe, and has its end typed back. False when the
 *  person leaves the answer empty, or does not get it right. */
export const showOnTerminal = async (
  { terminal }: Pick<Ports, 'terminal'>,
  texts: readonly HandedOver[],
): Promise<boolean> => {
  for (const { text, ending } of texts) {
    const question = `\n${text.reveal()}\nthis is shown once and kept nowhere: write it down, away from this machine and from all hosts
its last ${ending.length} characters (Enter alone: not now): `
    if (!(await isTypedBack(terminal, question, ending))) return false
  }
  return true
}

const isTypedBack = async (terminal: Ports['terminal'], question: string, ending: string): Promise<boolean> => {
  let asked = question
  for (let i = 0; i < tries; i++) {
    const typed = (await terminal.ask(asked)).trim()
    if (typed === '') return false
    if (typed.toLowerCase() === ending.toLowerCase()) return true
    asked = 'these are not its last characters; again: '
  }
  return false
}

/** Writes them 0600, over nothing. @throws UNSAFE for a place inside the project; CONFLICT when something is there */
export const writeOutside = async (
  ports: Pick<Ports, 'files' | 'machine'>,
  project: Project,
  { to, texts, isSplit }: { readonly to: string; readonly texts: readonly HandedOver[]; readonly isSplit: boolean },
): Promise<readonly string[]> => {
  const place = absolutePath(to, ports.machine.cwd)
  const paths = texts.map(({ name }) => (isSplit ? `${place}/${name}` : place))
  await checkOutside(ports, project, place)
  const written: string[] = []
  try {
    if (isSplit) await ports.files.makeDirectory(place)
    for (const [i, { text }] of texts.entries()) {
      const path = paths[i] ?? place
      await ports.files.create(path, text.bytes())
      written.push(path)
    }
  } catch (error) {
    for (const path of written) await ports.files.remove(path)
    throw withHint(error)
  }
  return paths
}

const withHint = (error: unknown): unknown => {
  if (!(error instanceof SecretsError) || error.hint !== undefined) return error
  const hint = hints[error.code]
  return hint === undefined ? error : fail(error.code, error.message, { at: error.at ?? '--to', hint, cause: error })
}

const hints: Partial<Record<Code, string>> = {
  CONFLICT: '--to another place: what is there may open the backups made so far',
  NOT_FOUND: 'mount the medium, or make the directory first',
}

/** In the project it would go into git, into the next backup, or to whoever is given the directory. */
const checkOutside = async ({ files }: Pick<Ports, 'files'>, project: Project, place: string): Promise<void> => {
  for (let folder = place; folder !== ''; folder = folder.slice(0, folder.lastIndexOf('/'))) {
    const isProject = folder === project.root || (await files.stat(`${folder}/${manifestName}`)) !== null
    if (!isProject) continue
    throw fail('UNSAFE', 'a recovery identity does not belong into a project', {
      at: place,
      hint: `name a place outside ${pathWord(folder)}, best on another medium`,
    })
  }
}
