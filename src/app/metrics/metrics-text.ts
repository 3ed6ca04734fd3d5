import { concernsOf } from '../../core/alerts/concerns.ts'
import { metricsOf } from '../../core/metrics/metrics.ts'
import { prometheusText } from '../../core/metrics/prometheus-text.ts'
import type { Ports } from '../../core/ports.ts'
import { readAlerts } from '../alerts/alert-store.ts'
import { readKnown } from '../known/known-store.ts'
import type { Project } from '../project/project.ts'

type MetricsPorts = Pick<Ports, 'files' | 'machine' | 'clock'>

/** What is known, as Prometheus reads it. Asks nobody and opens no secret. */
export const metricsText = async (ports: MetricsPorts, project: Project): Promise<string> => {
  const [known, alerts] = await Promise.all([readKnown(ports, project), readAlerts(ports, project)])
  const now = ports.clock.now()
  const { manifest, environment } = project
  return prometheusText(
    metricsOf({ project: manifest.project, environment, known, concerns: concernsOf(known, now), alerts, now }),
  )
}

/** Replaces the file that a node exporter collects. It holds names and times, and is for an account that is not ours:
 *  hence everybody may read it. */
export const writeTextfile = async (ports: MetricsPorts, project: Project, path: string): Promise<void> =>
  ports.files.write(path, new TextEncoder().encode(await metricsText(ports, project)), { mode: 0o644 })
