import type { Names } from '../core/log/entry.ts'
import type { Changed } from '../app/project/change-project.ts'
import type { OpenProject } from '../app/project/open-project.ts'
import type { Ports } from '../core/ports.ts'
import { changedResult } from './changes.ts'
import type { Report, Result } from './command.ts'
import { inProject } from './in-project.ts'
import { noteLine } from './note-line.ts'

/** What every command that changes secrets does around its work: says what changed, what may not have been meant, and
 *  how it gets to the hosts. `nothing` is said where nothing changed. */
export const changing = async <T extends Changed>(
  call: { readonly ports: Ports; readonly environment: string | undefined; readonly report: Report },
  names: Names,
  work: (open: OpenProject) => Promise<T>,
  nothing: (changed: T) => string,
): Promise<{ readonly changed: T; readonly result: Result & { readonly text: string } }> => {
  const { aftermathOf } = await import('../app/secrets/set-notes.ts')
  const found = ({ changed }: { readonly changed: T }): { readonly names: Names } => ({
    names: { secrets: changed.secrets.map(({ name }) => name), groups: changed.secrets.map(({ group }) => group) },
  })
  return inProject(call, { action: 'change', names, found }, async (open) => {
    await open.metadata()
    const changed = await work(open)
    const aftermath = await aftermathOf(call.ports, open, changed)
    for (const note of aftermath.notes) call.report(noteLine(note))
    return { changed, result: changedResult(changed, nothing(changed), aftermath) }
  })
}
