import type { HostStatus, StatusReport, WatchStatus } from './status-report.ts'

/** What is not as it was in the status before, a line for each; all of it where there was none. */
export const statusChanges = (before: StatusReport | null, now: StatusReport): readonly string[] => {
  const old = statesOf(before?.hosts ?? [])
  const fresh = statesOf(now.hosts)
  const changed = [...fresh].filter(([what, state]) => old.get(what) !== state)
  const gone = [...old.keys()].filter((what) => !fresh.has(what))
  return [
    ...changed.map(([what, state]) => (old.has(what) ? `${what}: ${old.get(what)} → ${state}` : `${what}: ${state}`)),
    ...gone.map((what) => `${what}: not there any more`),
  ]
}

const statesOf = (hosts: readonly HostStatus[]): ReadonlyMap<string, string> =>
  new Map(
    hosts.flatMap(({ host, state, generation, containers, watch }): (readonly [string, string])[] => [
      [host, generation === null ? state : `${state}, generation ${generation}`],
      ...containers.map((one) => [`${host} ${one.container}`, one.state] as const),
      ...(watch === null ? [] : [[`the watch of ${host}`, watchState(watch)] as const]),
    ]),
  )

/** By when it started: one that was ended and is back is another. */
const watchState = ({ state, since }: WatchStatus): string =>
  state === 'runs' ? `runs since ${since ?? '?'}` : 'does not run'
