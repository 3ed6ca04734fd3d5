import type { ServeJob } from '../core/fleet/fleet.ts'
import { opening, take } from './opening.ts'
import type { FleetOptions, FleetPorts } from './play.ts'

const lookEvery = 200

/** Listens before anything is opened, so that a task learns why it cannot be served instead of waiting for nobody. */
export const servePlaybook = async (
  ports: Pick<FleetPorts, 'files' | 'clock' | 'machine' | 'sockets'>,
  { collection }: FleetOptions,
  job: ServeJob,
): Promise<void> => {
  const opened = opening(ports, collection, job.prepare)
  const server = await ports.sockets.listen(job.socket, (channel) => void take(opened, channel))
  try {
    while (ports.machine.isAlive(job.parent)) await ports.clock.sleep(lookEvery)
  } finally {
    await server.close()
  }
}
