import type { Prepared } from '../core/fleet/fleet.ts'
import type { Channel } from '../core/links.ts'
import type { Clock, Files } from '../core/ports.ts'
import { readReceiver } from './receiver-parts.ts'
import { openSession, refuse } from './session.ts'
import type { Session } from './session.ts'

export interface Opened<T extends Prepared> {
  readonly prepared: T
  readonly session: Session
}

export interface OpeningPorts {
  readonly files: Pick<Files, 'read'>
  readonly clock: Clock
}

/** Opens a session while something else goes on. An error is for whoever awaits it, if anybody does. */
export const opening = <T extends Prepared>(
  { files, clock }: OpeningPorts,
  collection: string,
  prepare: () => Promise<T>,
): Promise<Opened<T>> => {
  const opened = Promise.all([readReceiver(files, collection), prepare()]).then(([receiver, prepared]) => {
    const { patterns, script } = prepared
    return { prepared, session: openSession({ patterns, script, receiver, clock }) }
  })
  opened.catch(() => undefined)
  return opened
}

/** Lets a task wait for the session, and learn why there is none. */
export const take = async (opened: Promise<{ readonly session: Session }>, channel: Channel): Promise<void> => {
  try {
    const { session } = await opened
    session.accept(channel)
  } catch (error) {
    await turnAway(channel, error)
  }
}

const turnAway = async (channel: Channel, error: unknown): Promise<void> => {
  try {
    // its greeting first: whoever still speaks would find the line cut
    await channel.receive()
    await refuse(channel, error)
  } catch {
    // gone meanwhile: there is nobody to tell
  } finally {
    channel.close()
  }
}
