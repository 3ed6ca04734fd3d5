import type { OpenConcern } from '../../core/alerts/alert-state.ts'
import { concernsOf } from '../../core/alerts/concerns.ts'
import { severities } from '../../core/audit/findings.ts'
import { sinkKey, sinkName } from '../../core/alerts/sink.ts'
import type { Ports } from '../../core/ports.ts'
import { readKnown } from '../known/known-store.ts'
import type { Project } from '../project/project.ts'
import { readAlerts } from './alert-store.ts'

export interface ListedSink {
  /** Place in lockstep.yaml, from 1. */
  readonly number: number
  readonly sink: string
  readonly severity: string
  /** Alerts it has not taken yet. */
  readonly waiting: number
  /** Milliseconds since 1970; null: never. */
  readonly sent: number | null
  readonly failed: { readonly since: number; readonly why: string; readonly tries: number } | null
}

export interface ListedAlerts {
  readonly sinks: readonly ListedSink[]
  /** Worst first. */
  readonly open: readonly OpenConcern[]
}

/** Who is told, and what is open. Asks nobody. */
export const listAlerts = async (
  ports: Pick<Ports, 'files' | 'machine' | 'clock'>,
  project: Project,
): Promise<ListedAlerts> => {
  const [known, state] = await Promise.all([readKnown(ports, project), readAlerts(ports, project)])
  const now = ports.clock.now()
  const open = [...concernsOf(known, now).values()].map((one) => ({
    ...one,
    since: state?.open[one.key]?.since ?? now,
  }))
  return {
    sinks: project.manifest.alerts.map((sink, index) => {
      const own = state?.sinks[sinkKey(sink)]
      return {
        number: index + 1,
        sink: sinkName(sink),
        severity: sink.severity,
        waiting: own?.waiting.length ?? 0,
        sent: own?.sent ?? null,
        failed: own?.failed ?? null,
      }
    }),
    open: open.toSorted((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity) || a.since - b.since),
  }
}
