import { parseDuration } from '../../core/duration.ts'
import { fail } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import type { LogVerdict } from '../../core/log/verify.ts'
import { withMetadata } from '../project/open-project.ts'
import type { PasswordPorts } from '../project/project-password.ts'
import type { Project } from '../project/project.ts'
import { readLog } from './read-log.ts'

/** The log of a project, judged. Opens no value. @throws NOT_FOUND without the project password */
export const openLog = (ports: PasswordPorts, project: Project): Promise<LogVerdict> =>
  withMetadata(ports, project, async (open) => readLog(ports, project, await open.keys()))

/** `7d` before now, or a day or time in ISO: milliseconds since 1970. @throws USAGE */
export const sinceOf = (text: string | undefined, { now }: Pick<Ports['clock'], 'now'>): number | null => {
  if (text === undefined) return null
  const length = parseDuration(text)
  if (length !== null) return now() - length
  const at = /^\d{4}-\d\d-\d\d(T[\d:.]+Z?)?$/.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(at)) return at
  throw fail('USAGE', '--since is no time', { hint: 'as in 7d, 2026-11-22 or 2026-11-22T15:00Z' })
}
