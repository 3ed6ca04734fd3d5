import { fail } from '../../core/errors.ts'
import { formatDuration } from '../../core/duration.ts'
import type { HostChannel } from '../../core/fleet/fleet.ts'
import type { Clock } from '../../core/ports.ts'

/** All that one host may take of a run that asks it many times, in milliseconds: each answer a little before its time is
 *  up would be hours. */
const longest = 10 * 60_000
/** Of a call that says nothing else. */
const usual = 60_000

/** The same host, that is not asked any more once it has taken its time. */
export const withinTime = (channel: HostChannel, clock: Pick<Clock, 'now'>): HostChannel => {
  const end = clock.now() + longest
  return {
    ...channel,
    call: async (operation, options = {}) => {
      const left = end - clock.now()
      if (left > 0) return channel.call(operation, { ...options, timeout: Math.min(options.timeout ?? usual, left) })
      throw fail('UNAVAILABLE', `has not answered all it was asked within ${formatDuration(longest)}`, {
        at: channel.name,
        hint: 'what it had answered before is left as it was; look at its load and its connection, then again',
      })
    },
  }
}
