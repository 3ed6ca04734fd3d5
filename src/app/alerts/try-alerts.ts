import { testMessage } from '../../core/alerts/alert-texts.ts'
import { sinkName } from '../../core/alerts/sink.ts'
import { fail, SecretsError } from '../../core/errors.ts'
import type { Ports } from '../../core/ports.ts'
import { randomId } from '../../crypto/derive.ts'
import type { Project } from '../project/project.ts'
import { projectSecrets } from './project-secrets.ts'
import { send } from './send.ts'
import type { Line } from './tell.ts'
import { inOneLine, whyOf } from './tell.ts'

export interface Tried {
  /** Place in lockstep.yaml, from 1. */
  readonly number: number
  readonly sink: string
  readonly took: boolean
  readonly says: string
}

/** Sends a marked test through every sink, or through one; quiet hours and severities do not hold it back.
 *  @throws CONFIG without sinks; USAGE for a number that none has */
export const tryAlerts = async (
  ports: Ports,
  project: Project,
  { only, line }: { readonly only: number | null; readonly line: Line },
): Promise<readonly Tried[]> => {
  const { alerts: sinks, project: name } = project.manifest
  if (sinks.length === 0) throw noSinks()
  if (only !== null && sinks[only - 1] === undefined) {
    throw fail('USAGE', `lockstep.yaml names no place ${only}`, { hint: 'lockstep alerts list' })
  }
  const place = { project: name, environment: project.environment }
  const message = testMessage(place, { id: `test-${randomId(ports.random).slice(0, 16)}`, now: ports.clock.now() })
  const options = { secret: projectSecrets(ports, project), line, root: project.root }
  const tried: Tried[] = []
  for (const [index, sink] of sinks.entries()) {
    if (only !== null && index !== only - 1) continue
    tried.push({
      number: index + 1,
      sink: sinkName(sink),
      ...(await attempt(() => send(ports, sink, message, options))),
    })
  }
  return tried
}

const noSinks = (): Error =>
  fail('CONFIG', 'nobody is told: lockstep.yaml has no alerts', {
    hint: 'for example, in lockstep.yaml: alerts: [{ email: [ops@example.com] }]',
  })

const attempt = async (work: () => Promise<string>): Promise<Pick<Tried, 'took' | 'says'>> => {
  try {
    return { took: true, says: await work() }
  } catch (error) {
    return { took: false, says: error instanceof SecretsError ? inOneLine(error) : whyOf(error) }
  }
}
