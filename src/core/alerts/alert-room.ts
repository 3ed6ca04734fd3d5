import type { Alert, AlertState } from './alert-state.ts'
import type { Concern } from './concerns.ts'

/** Alerts of one host that may wait for one sink before another concern of it is taken in. */
const mostWaiting = 500
/** Characters of them, as JSON. */
const longestWaiting = 512 * 1024

/** Says of one concern after the other whether its host has room among what waits for a sink. What is not taken in stays
 *  open, and is new to that sink again at the next look. */
export const roomAmong = (waiting: readonly Alert[]): ((concern: Concern) => boolean) => {
  const used = new Map<string, { count: number; size: number }>()
  const add = (host: string, one: Concern): void => {
    const { count, size } = used.get(host) ?? { count: 0, size: 0 }
    used.set(host, { count: count + 1, size: size + JSON.stringify(one).length })
  }
  // one that comes again joins the one that waits
  const joins = new Set(waiting.flatMap(({ event, concern }) => (event === 'open' ? [concern.key] : [])))
  for (const { concern } of waiting) if (concern.host !== null) add(concern.host, concern)
  return (concern) => {
    const { host, key } = concern
    if (host === null || joins.has(key)) return true
    const { count, size } = used.get(host) ?? { count: 0, size: 0 }
    if (count >= mostWaiting || size >= longestWaiting) return false
    add(host, concern)
    return true
  }
}

/** All but the host of which there is most. Null: no host has a part in it. */
export const withoutLargestHost = (state: AlertState): { readonly state: AlertState; readonly host: string } | null => {
  const concerns = [
    ...Object.values(state.open),
    ...Object.values(state.sinks).flatMap(({ waiting }) => waiting.map(({ concern }) => concern)),
  ]
  const sizes = new Map<string, number>()
  for (const one of concerns) {
    if (one.host !== null) sizes.set(one.host, (sizes.get(one.host) ?? 0) + JSON.stringify(one).length)
  }
  const [largest] = [...sizes].toSorted(([, a], [, b]) => b - a)
  if (largest === undefined) return null
  const [host] = largest
  const keys = new Set(concerns.filter((one) => one.host === host).map(({ key }) => key))
  const sinks = Object.entries(state.sinks).map(([name, sink]) => [
    name,
    {
      ...sink,
      told: sink.told.filter((key) => !keys.has(key)),
      waiting: sink.waiting.filter(({ concern }) => concern.host !== host),
    },
  ])
  const open = Object.entries(state.open).filter(([, one]) => one.host !== host)
  return { host, state: { ...state, open: Object.fromEntries(open), sinks: Object.fromEntries(sinks) } }
}
