import type { ServeJob } from '../core/fleet/fleet.ts'
import type { Channel } from '../core/links.ts'
import type { FleetOptions, FleetPorts } from './play.ts'
import { readReceiver } from './receiver-parts.ts'
import { openSession, refuse } from './session.ts'
import type { Session } from './session.ts'

const lookEvery = 200

/** Listens before anything is opened, so that a task learns why it cannot be served instead of waiting for nobody. */
export const servePlaybook = async (
  ports: Pick<FleetPorts, 'files' | 'clock' | 'machine' | 'sockets'>,
  options: FleetOptions,
  job: ServeJob,
): Promise<void> => {
  const opening = open(ports, options, job)
  const server = await ports.sockets.listen(job.socket, (channel) => void take(opening, channel))
  try {
    while (ports.machine.isAlive(job.parent)) await ports.clock.sleep(lookEvery)
  } finally {
    await server.close()
  }
}

type Opening = Promise<{ readonly session: Session } | { readonly error: unknown }>

const open = async (ports: Pick<FleetPorts, 'files' | 'clock'>, options: FleetOptions, job: ServeJob): Opening => {
  try {
    const [receiver, served] = await Promise.all([readReceiver(ports.files, options.collection), job.prepare()])
    return { session: openSession({ ...served, receiver, clock: ports.clock }) }
  } catch (error) {
    // told to every task that asks
    return { error }
  }
}

const take = async (opening: Opening, channel: Channel): Promise<void> => {
  const opened = await opening
  if ('session' in opened) return opened.session.accept(channel)
  // its greeting first: whoever still speaks would find the line cut
  await channel.receive()
  await refuse(channel, opened.error)
  channel.close()
}
