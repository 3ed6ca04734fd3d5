import { SecretsError } from '../../core/errors.ts'
import type { HostProblem } from '../../core/fleet/delivery-report.ts'
import { problemOf } from '../../core/fleet/delivery-report.ts'
import type { PulledEvent } from '../../core/log/event-view.ts'
import type { Ports } from '../../core/ports.ts'
import { askHosts } from '../fleet/ask-hosts.ts'
import type { LookOptions } from '../fleet/fleet-look.ts'
import { withinTime } from '../fleet/time-limit.ts'
import { withProject } from '../project/with-project.ts'
import type { Project } from '../project/project.ts'
import { meantToRead } from '../watch/meant-to-read.ts'
import { addToView, readView } from './event-store.ts'
import { pullHost } from './pull-host.ts'

export interface PullReport {
  readonly environment: string
  /** What was not there before, in its order. */
  readonly events: readonly PulledEvent[]
  readonly asked: number
  readonly problems: readonly (HostProblem & { readonly host: string })[]
  readonly notes: readonly string[]
}

/** Brings what containers and watches told since the last time into one view, `.lockstep/events.jsonl`. */
export const pullEvents = (ports: Ports, project: Project, options: LookOptions): Promise<PullReport> =>
  withProject(ports, project, { action: 'look' }, async (open) => {
    const { positions } = await readView(ports, project)
    const { answers } = await askHosts(ports, open, options, (channel, { own, truth }) => {
      const target = {
        directory: truth.desired(channel.name).directory,
        meant: meantToRead(own, truth, channel.name),
        secrets: new Set(own.secrets.map(({ name }) => name)),
      }
      return pullHost(withinTime(channel, ports.clock), target, positions)
    })
    const inOrder = answers.toSorted((a, b) => (a.host < b.host ? -1 : 1))
    const pulled = inOrder.flatMap(({ answer }) => (answer instanceof SecretsError ? [] : [answer]))
    return {
      environment: project.environment,
      events: await addToView(ports, project, pulled),
      asked: answers.length,
      problems: inOrder.flatMap(({ host, answer }) =>
        answer instanceof SecretsError ? [{ host, ...problemOf(answer) }] : [],
      ),
      notes: pulled.flatMap(({ notes }) => notes),
    }
  })
