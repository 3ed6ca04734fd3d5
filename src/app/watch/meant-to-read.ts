import type { MeantToRead } from '../../core/watch/judge.ts'
import type { FleetProject } from '../fleet/fleet-project.ts'
import type { FleetTruth } from '../fleet/fleet-truth.ts'

/** What reads on a host without being foreign. */
export const meantToRead = (own: FleetProject, truth: Pick<FleetTruth, 'desired'>, host: string): MeantToRead => ({
  project: own.manifest.project,
  environment: own.environment,
  containers: truth.desired(host).containers.map(({ name, runs }) => ({
    name,
    unit: runs.kind === 'systemd' ? runs.unit : null,
  })),
})
